#include <CLI/CLI.hpp>
#include <memory>

#include "runner/cli/cell_choice.h"
#include "runner/cli/commands.h"
#include "runner/cli/pager.h"
#include "runner/cli/run_choice.h"
#include "runner/review/run_json.h"
#include "runner/review/run_text.h"

namespace cellar {
namespace {

struct ShowOptions {
  std::string run;
  std::vector<std::string> cells;  // none: all
};

int Show(Invocation& invocation, const ShowOptions& options) {
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const RunRecord run = ChooseRun(store, options.run);
  const std::vector<CellRecord> cells =
      ChooseCells("show", run.id, FindCells(store, run.id, run.attempt), options.cells);
  PageAnswer(invocation);
  Output& out = invocation.out;
  const TextSink sink = [&](std::string_view text) { out.Write(text); };
  if (invocation.json) {
    WriteRunJson(store, run, cells, sink);
  } else {
    WriteRunText(store, run, cells, {out.colours(), out.columns()}, sink);
  }
  return 0;
}

}  // namespace

Action DefineShow(CLI::App& app) {
  auto options = std::make_shared<ShowOptions>();
  app.add_option("RUN", options->run, "A run's number, last, or last:JOB")->required();
  app.add_option("--cell", options->cells,
                 "Only this cell: its index or its name; may be given several times")
      ->type_name("CELL")
      ->allow_extra_args(false);
  return [options](Invocation& invocation) { return Show(invocation, *options); };
}

}  // namespace cellar
