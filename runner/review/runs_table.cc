#include "runner/review/runs_table.h"

#include <utility>

#include "runner/review/terminal_colours.h"
#include "runner/review/terminal_text.h"
#include "runner/review/text_table.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

const char* RunColour(const RunRecord& run) {
  if (run.state == RunState::kFailed) return kRed;
  return run.state == RunState::kSucceeded ? kGreen : kYellow;
}

TableRow RunRow(const RunRecord& run, const TextLook& look) {
  std::string state(ToWord(run.state));
  if (run.reason) state += ": " + std::string(ToWord(*run.reason));
  return {std::to_string(run.id.value),
          PlainLine(run.job),
          {std::move(state), look.colours ? RunColour(run) : nullptr},
          FormatLocal(run.submitted_at),
          ElapsedText(run.duration),
          PlainLine(run.message)};
}

}  // namespace

std::string RunsTable(const std::vector<RunRecord>& runs, const TextLook& look) {
  enum : std::size_t { kRun, kJob, kState, kSubmitted, kDuration, kMessage };
  const std::vector<TableColumn> columns{{"RUN", true}, {"JOB"},        {"STATE"},
                                         {"SUBMITTED"}, {"TIME", true}, {"MESSAGE"}};
  std::vector<TableRow> rows;
  for (const RunRecord& run : runs) rows.push_back(RunRow(run, look));
  return TextTable(columns, std::move(rows), look.columns,
                   {{kMessage, 20},
                    {kMessage, 0},
                    {kSubmitted, kShortTimeWidth, ShortTime},
                    {kJob, 8},
                    {kState, 9},
                    {kJob, 1}});
}

}  // namespace cellar
