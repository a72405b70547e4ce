#include <CLI/CLI.hpp>
#include <memory>

#include "runner/cell_choice.h"
#include "runner/cli/commands.h"
#include "runner/cli/pager.h"
#include "runner/cli/remote_server.h"
#include "runner/review/run_json.h"
#include "runner/review/run_text.h"
#include "runner/run_choice.h"

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

int ShowThere(Invocation& invocation, RemoteServer& server, const ShowOptions& options) {
  PageAnswer(invocation);
  ApiQuery query = invocation.json ? ApiQuery() : LookOf(invocation.out);
  for (const std::string& cell : options.cells) query.emplace_back("cell", cell);
  const std::string path =
      ApiPath({"runs", options.run, invocation.json ? "document" : "text"}, query);
  server.Read(path, [&](std::string_view text) { invocation.out.Write(text); });
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
  return {[options](Invocation& invocation) { return Show(invocation, *options); },
          [options](Invocation& invocation, RemoteServer& server) {
            return ShowThere(invocation, server, *options);
          }};
}

}  // namespace cellar
