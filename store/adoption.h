// Going on with the attempts of workers that are gone.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

struct AdoptedCell {
  CellKind kind = CellKind::kCode;
  CellState state = CellState::kPending;
  std::string msg_id;         // of its request; empty: never sent
  std::string ws_session_id;  // that it was sent over
  std::optional<TimePoint> started_at;
  int outputs = 0;                      // so far: the next one's number
  std::optional<OutputType> last_type;  // of its last output; nullopt: none, or cleared
  std::string last_stream;              // its name when it is a stream
};

/// An output that update_display_data reaches: one that was not cleared.
struct AdoptedDisplay {
  std::string display_id;
  int cell = 0;
  int number = 0;
  OutputType type = OutputType::kDisplayData;
  std::optional<int> execution_count;  // of an execute_result
};

struct AdoptedAttempt {
  Claim claim;  // its job's cells are those of the attempt: with the parameter cell, if it has one
  AttemptPlace place;  // its kernelspec is empty before a kernel was asked for
  TimePoint started_at;
  std::optional<Millis> kernel_start;  // nullopt: no kernel of it had answered yet
  std::vector<AdoptedCell> cells;
  std::vector<AdoptedDisplay> displays;
  std::optional<KernelRecord> kernel;  // the last one that is not gone; now this worker's
  std::string former_worker;           // "process 12 on host", for messages
  bool was_left = false;               // the former worker ended on purpose, and did not die
};

/// Whether this worker can go on with the run on its gateway (empty: none was chosen).
using MayAdopt = std::function<bool(RunId run, const std::string& gateway)>;

/// Takes over the running attempts of dead workers, each by one conditional statement, with their
/// kernels. Those that it may not adopt wait for a worker that may; where somebody wants their end,
/// they end as cancelled, and their kernels are left behind. Go on with an AttemptWriter on its
/// claim (it finds the state of the output limit in the store), or end it with that writer's End:
/// then the running cell becomes `unknown`, the rest `not_run`.
std::vector<AdoptedAttempt> AdoptAttempts(Store& store, TimePoint now,
                                          WorkersOf which = WorkersOf::kQueue,
                                          const MayAdopt& may_adopt = nullptr);

/// Says that this store's worker is about to end on purpose and leaves its attempts to the next:
/// no death is counted for them.
void HandOver(Store& store, TimePoint now);

}  // namespace cellar
