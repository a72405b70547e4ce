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

}  // namespace cellar
