#include "jobs/state.h"

#include <array>
#include <utility>

namespace cellar {
namespace {

template <typename E, std::size_t N>
using Words = std::array<std::pair<E, std::string_view>, N>;

constexpr Words<RunState, 5> kRunStates{{{RunState::kQueued, "queued"},
                                         {RunState::kRunning, "running"},
                                         {RunState::kSucceeded, "succeeded"},
                                         {RunState::kFailed, "failed"},
                                         {RunState::kCancelled, "cancelled"}}};

constexpr Words<RunReason, 14> kRunReasons{{{RunReason::kCellError, "cell_error"},
                                            {RunReason::kCellTimeout, "cell_timeout"},
                                            {RunReason::kRunTimeout, "run_timeout"},
                                            {RunReason::kStalled, "stalled"},
                                            {RunReason::kKernelDied, "kernel_died"},
                                            {RunReason::kKernelUnavailable, "kernel_unavailable"},
                                            {RunReason::kGatewayUnreachable, "gateway_unreachable"},
                                            {RunReason::kGatewayLost, "gateway_lost"},
                                            {RunReason::kOutputLimit, "output_limit"},
                                            {RunReason::kInterrupted, "interrupted"},
                                            {RunReason::kStoreFull, "store_full"},
                                            {RunReason::kByUser, "by_user"},
                                            {RunReason::kOverlap, "overlap"},
                                            {RunReason::kDependency, "dependency"}}};

constexpr Words<CellState, 7> kCellStates{{{CellState::kPending, "pending"},
                                           {CellState::kRunning, "running"},
                                           {CellState::kSucceeded, "succeeded"},
                                           {CellState::kFailed, "failed"},
                                           {CellState::kSkipped, "skipped"},
                                           {CellState::kNotRun, "not_run"},
                                           {CellState::kUnknown, "unknown"}}};

constexpr Words<CellReason, 7> kCellReasons{{{CellReason::kError, "error"},
                                             {CellReason::kTimeout, "timeout"},
                                             {CellReason::kKernelDied, "kernel_died"},
                                             {CellReason::kStalled, "stalled"},
                                             {CellReason::kOutputLimit, "output_limit"},
                                             {CellReason::kNoReply, "no_reply"},
                                             {CellReason::kAborted, "aborted"}}};

constexpr Words<CellKind, 2> kCellKinds{
    {{CellKind::kCode, "code"}, {CellKind::kParameters, "parameters"}}};

constexpr Words<EventKind, 5> kEventKinds{{{EventKind::kOutputsLost, "outputs_lost"},
                                           {EventKind::kOutputsTruncated, "outputs_truncated"},
                                           {EventKind::kResumed, "resumed"},
                                           {EventKind::kLateOutput, "late_output"},
                                           {EventKind::kForeignTraffic, "foreign_traffic"}}};

constexpr Words<OutputType, 4> kOutputTypes{{{OutputType::kStream, "stream"},
                                             {OutputType::kDisplayData, "display_data"},
                                             {OutputType::kExecuteResult, "execute_result"},
                                             {OutputType::kError, "error"}}};

constexpr Words<Overlap, 3> kOverlaps{
    {{Overlap::kQueue, "queue"}, {Overlap::kSkip, "skip"}, {Overlap::kReplace, "replace"}}};

constexpr Words<CatchUp, 3> kCatchUps{
    {{CatchUp::kLatest, "latest"}, {CatchUp::kAll, "all"}, {CatchUp::kNone, "none"}}};

template <typename E, std::size_t N>
std::string_view WordOf(const Words<E, N>& words, E value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  return "";
}

template <typename E, std::size_t N>
std::optional<E> ValueOf(const Words<E, N>& words, std::string_view word) {
  for (const auto& [value, candidate] : words) {
    if (candidate == word) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToWord(RunState value) { return WordOf(kRunStates, value); }
std::string_view ToWord(RunReason value) { return WordOf(kRunReasons, value); }
std::string_view ToWord(CellState value) { return WordOf(kCellStates, value); }
std::string_view ToWord(CellReason value) { return WordOf(kCellReasons, value); }
std::string_view ToWord(CellKind value) { return WordOf(kCellKinds, value); }
std::string_view ToWord(EventKind value) { return WordOf(kEventKinds, value); }
std::string_view ToWord(OutputType value) { return WordOf(kOutputTypes, value); }
std::string_view ToWord(Overlap value) { return WordOf(kOverlaps, value); }
std::string_view ToWord(CatchUp value) { return WordOf(kCatchUps, value); }

std::optional<RunState> ParseRunState(std::string_view word) { return ValueOf(kRunStates, word); }
std::optional<RunReason> ParseRunReason(std::string_view word) {
  return ValueOf(kRunReasons, word);
}
std::optional<CellState> ParseCellState(std::string_view word) {
  return ValueOf(kCellStates, word);
}
std::optional<CellReason> ParseCellReason(std::string_view word) {
  return ValueOf(kCellReasons, word);
}
std::optional<CellKind> ParseCellKind(std::string_view word) { return ValueOf(kCellKinds, word); }
std::optional<EventKind> ParseEventKind(std::string_view word) {
  return ValueOf(kEventKinds, word);
}
std::optional<OutputType> ParseOutputType(std::string_view word) {
  return ValueOf(kOutputTypes, word);
}
std::optional<Overlap> ParseOverlap(std::string_view word) { return ValueOf(kOverlaps, word); }
std::optional<CatchUp> ParseCatchUp(std::string_view word) { return ValueOf(kCatchUps, word); }

bool IsEnded(RunState state) {
  return state == RunState::kSucceeded || state == RunState::kFailed ||
         state == RunState::kCancelled;
}

}  // namespace cellar
