#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "runner/cell_choice.h"
#include "runner/cli/commands.h"
#include "runner/cli/pager.h"
#include "runner/review/diff_json.h"
#include "runner/review/diff_text.h"
#include "runner/review/json_dump.h"
#include "runner/run_choice.h"

namespace cellar {
namespace {

struct DiffOptions {
  std::string before;
  std::string after;
  std::string cell;  // empty: all
  bool exact = false;
};

/// One run as it is read: its cells at once, outputs when they are asked for.
struct Side {
  const Store& store;
  RunRecord run;
  std::vector<CellRecord> cells;

  std::optional<CellAndOutputs> At(const std::optional<std::size_t>& position) const {
    if (!position) return std::nullopt;
    const CellRecord& cell = cells[*position];
    return CellAndOutputs{cell, FindOutputs(store, run.id, run.attempt, cell.index)};
  }
  bool IsAt(const std::optional<std::size_t>& position, const std::string& argument) const {
    return position && IsCell(cells[*position], argument);
  }
};

Side ReadSide(const Store& store, const std::string& argument) {
  RunRecord run = ChooseRun(store, argument);
  std::vector<CellRecord> cells = FindCells(store, run.id, run.attempt);
  return {store, std::move(run), std::move(cells)};
}

RunDiff Compare(const Side& before, const Side& after, const DiffOptions& options) {
  RunDiff diff{before.run, after.run, false, {}, {}};
  if (options.cell.empty()) {
    diff.has_other_state =
        before.run.state != after.run.state || before.run.reason != after.run.reason;
    diff.parameters = DiffParameters(before.run.parameters, after.run.parameters);
  }
  const OutputsAs how = options.exact ? OutputsAs::kExact : OutputsAs::kTamed;
  for (const CellPair& pair : PairCells(before.cells, after.cells)) {
    if (!before.IsAt(pair.before, options.cell) && !after.IsAt(pair.after, options.cell)) continue;
    diff.cells.push_back(DiffCells(before.At(pair.before), after.At(pair.after), how));
  }
  if (diff.cells.empty() && !options.cell.empty()) {
    RefuseCell("diff", after.run.id, after.cells, options.cell);
  }
  return diff;
}

int Diff(Invocation& invocation, const DiffOptions& options) {
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const RunDiff diff =
      Compare(ReadSide(store, options.before), ReadSide(store, options.after), options);
  PageAnswer(invocation);
  Output& out = invocation.out;
  if (invocation.json) {
    out.Write(DumpJson(DiffToJson(diff), 1) + "\n");
  } else if (!invocation.quiet) {
    out.Write(DiffText(diff, {out.colours(), out.columns()}));
  }
  return diff.IsSame() ? 0 : 1;
}

}  // namespace

Action DefineDiff(CLI::App& app) {
  auto options = std::make_shared<DiffOptions>();
  app.add_option("RUN", options->before, "A run's number, last, or last:JOB")->required();
  app.add_option("OTHER", options->after, "The run that it is held against")->required();
  app.add_option("--cell", options->cell, "Only this cell: its index or its name, in either run")
      ->type_name("CELL");
  app.add_flag("--exact", options->exact,
               "Addresses, dates and times in outputs count too; otherwise they do not");
  app.footer(
      "Exit codes: 0 no difference but in durations; 1 they differ; 2 usage; 4 the store.\n");
  return [options](Invocation& invocation) { return Diff(invocation, *options); };
}

}  // namespace cellar
