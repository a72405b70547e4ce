#include "runner/cli/run_lines.h"

#include <fmt/format.h>

#include "runner/review/times.h"

namespace cellar {

std::string EndLine(const RunRecord& run) {
  std::string line = fmt::format("run {}: {}: {}", run.id.value, run.job, ToWord(run.state));
  if (run.reason) line += fmt::format(" ({})", ToWord(*run.reason));
  if (run.duration) line += " " + FormatElapsed(*run.duration);
  if (!run.message.empty()) line += ": " + run.message;
  return line;
}

std::string StandstillNote(const RunRecord& run) {
  if (run.state != RunState::kRunning) {
    return "nobody takes runs from this store: start a worker with `cellar work`";
  }
  return fmt::format("run {}: its worker has gone; the next `cellar work` takes it up",
                     run.id.value);
}

std::string UnfinishedWords(const RunRecord& first, std::size_t more) {
  const std::string name = fmt::format("run {} ({})", first.id.value, ToWord(first.state));
  return more == 0 ? name + " has" : fmt::format("{} and {} more have", name, more);
}

}  // namespace cellar
