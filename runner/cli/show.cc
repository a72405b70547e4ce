#include <CLI/CLI.hpp>
#include <memory>

#include "runner/cli/commands.h"
#include "runner/cli/remote_server.h"
#include "runner/review/run_json.h"
#include "runner/review/run_text.h"
#include "runner/run_choice.h"

namespace cellar {
namespace {

int Show(Invocation& invocation, const std::string& argument) {
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const RunRecord run = ChooseRun(store, argument);
  Output& out = invocation.out;
  const TextSink sink = [&](std::string_view text) { out.Write(text); };
  if (invocation.json) {
    WriteRunJson(store, run, sink);
  } else {
    WriteRunText(store, run, {out.colours(), out.columns()}, sink);
  }
  return 0;
}

int ShowThere(Invocation& invocation, RemoteServer& server, const std::string& run) {
  const std::string path = invocation.json ? ApiPath({"runs", run, "document"})
                                           : ApiPath({"runs", run, "text"}, LookOf(invocation.out));
  server.Read(path, [&](std::string_view text) { invocation.out.Write(text); });
  return 0;
}

}  // namespace

Action DefineShow(CLI::App& app) {
  auto run = std::make_shared<std::string>();
  app.add_option("RUN", *run, "A run's number, last, or last:JOB")->required();
  return {[run](Invocation& invocation) { return Show(invocation, *run); },
          [run](Invocation& invocation, RemoteServer& server) {
            return ShowThere(invocation, server, *run);
          }};
}

}  // namespace cellar
