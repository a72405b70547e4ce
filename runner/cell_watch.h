// How long a cell may take and what silence means: what to do next, as far as the clock decides it.
// Pure: it is told the time and what is known.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "runner/cell_verdict.h"
#include "runner/kernel_link.h"

namespace cellar {

using SteadyTime = std::chrono::steady_clock::time_point;

/// nullopt: no limit.
struct CellLimits {
  std::optional<std::chrono::milliseconds> cell;
  std::optional<std::chrono::milliseconds> run;  // from the attempt's begin
  std::optional<std::chrono::milliseconds> stall;
};

/// What is known about the cell now.
struct CellFacts {
  bool begun = false;  // the kernel said that it runs it (execute_input)
  bool replied = false;
  bool idle = false;
  std::optional<SteadyTime> last_message;  // that answers the cell; answers to probes do not count
  SteadyTime last_sign;                    // of life, of any kind
  // After a cut: a request behind the cell was answered. The shell channel keeps its order, so an
  // answer to the cell was lost, or the cell.
  std::optional<SteadyTime> fence_answered;
  bool receiving = false;  // a message is half here
  bool connected = true;   // else it is the gateway that gives no sign of life
  LinkFault fault = LinkFault::kNone;
  std::string fault_message;
  std::string_view stop;  // why it is to end now; empty: it is not
};

struct CellStep {
  enum class Kind {
    kWait,
    kJudge,      // the reply decides
    kInterrupt,  // the kernel is to be interrupted
    kEnd,        // `verdict` decides, whatever the reply says
  };
  Kind kind = Kind::kWait;
  CellVerdict verdict;
  bool idle_missing = false;  // the reply came, its idle did not: outputs may be missing
};

class CellWatch {
 public:
  CellWatch(CellLimits limits, SteadyTime run_began, SteadyTime cell_began);

  /// kInterrupt is said once, and the grace begins with it; once more when the cell had not begun
  /// then and does now: a kernel ignores an interrupt while it runs nothing.
  CellStep Look(SteadyTime now, const CellFacts& facts);

  /// When to look again though nothing happens.
  SteadyTime NextLook(SteadyTime now) const;

 private:
  struct Interrupt {
    CellReason reason;
    RunReason run_reason;
    std::string why;
    SteadyTime give_up;
    bool met_cell;  // it had begun
  };
  CellStep LookAtAnswer(SteadyTime now, const CellFacts& facts);
  CellStep LookAtSilence(SteadyTime now, const CellFacts& facts);
  std::optional<Interrupt> LimitPassed(SteadyTime now, const CellFacts& facts) const;
  CellVerdict Interrupted(const CellFacts& facts) const;

  CellLimits limits_;
  SteadyTime run_began_;
  SteadyTime cell_began_;
  std::optional<SteadyTime> idle_at_;   // idle without a reply since then
  std::optional<SteadyTime> reply_at_;  // a reply without idle since then
  std::optional<Interrupt> interrupt_;
};

}  // namespace cellar
