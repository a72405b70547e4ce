// The words for where a run or a cell stands, why it ended so, and how runs of a job share time:
// the same in C++, SQL, JSON and on the command line. The closed sets of the contract; ToWord and
// Parse… are exact inverses.
#pragma once

#include <optional>
#include <string_view>

namespace cellar {

enum class RunState { kQueued, kRunning, kSucceeded, kFailed, kCancelled };

enum class RunReason {
  kCellError,
  kCellTimeout,
  kRunTimeout,
  kStalled,
  kKernelDied,
  kKernelUnavailable,
  kGatewayUnreachable,
  kGatewayLost,
  kOutputLimit,
  kInterrupted,
  kStoreFull,
  kByUser,  // from here on: reasons of `cancelled`
  kOverlap,
  kDependency,
};

enum class CellState { kPending, kRunning, kSucceeded, kFailed, kSkipped, kNotRun, kUnknown };

enum class CellReason { kError, kTimeout, kKernelDied, kStalled, kOutputLimit, kNoReply, kAborted };

enum class CellKind { kCode, kParameters };

enum class EventKind {
  kOutputsLost,       // the gateway dropped some, or a message could not be read
  kOutputsTruncated,  // our cap
  kResumed,           // the connection was cut and taken up again
  kLateOutput,        // came after the cell's end
  kForeignTraffic,    // another client used the kernel meanwhile
};

enum class OutputType { kStream, kDisplayData, kExecuteResult, kError };

/// What becomes of a run that is submitted while as many of its key as may are running.
enum class Overlap { kQueue, kSkip, kReplace };

/// Which of the slots are fired that a schedule missed while nobody served it.
enum class CatchUp { kLatest, kAll, kNone };

std::string_view ToWord(RunState value);
std::string_view ToWord(RunReason value);
std::string_view ToWord(CellState value);
std::string_view ToWord(CellReason value);
std::string_view ToWord(CellKind value);
std::string_view ToWord(EventKind value);
std::string_view ToWord(OutputType value);
std::string_view ToWord(Overlap value);
std::string_view ToWord(CatchUp value);

/// nullopt for a word that is not in the set.
std::optional<RunState> ParseRunState(std::string_view word);
std::optional<RunReason> ParseRunReason(std::string_view word);
std::optional<CellState> ParseCellState(std::string_view word);
std::optional<CellReason> ParseCellReason(std::string_view word);
std::optional<CellKind> ParseCellKind(std::string_view word);
std::optional<EventKind> ParseEventKind(std::string_view word);
std::optional<OutputType> ParseOutputType(std::string_view word);
std::optional<Overlap> ParseOverlap(std::string_view word);
std::optional<CatchUp> ParseCatchUp(std::string_view word);

/// True for `succeeded`, `failed` and `cancelled`: such a run never changes again.
bool IsEnded(RunState state);

}  // namespace cellar
