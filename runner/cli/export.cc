#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "jobs/error.h"
#include "runner/cli/commands.h"
#include "runner/cli/run_choice.h"
#include "runner/cli/written_file.h"
#include "runner/review/notebook.h"

namespace cellar {
namespace {

struct ExportOptions {
  std::string run;
  std::string format = "ipynb";
  std::string file = "-";
};

int Export(Invocation& invocation, const ExportOptions& options) {
  if (options.format != "ipynb") {
    throw Error(ErrorKind::kUsage,
                fmt::format("export: --to {}: the only format is ipynb", options.format));
  }
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const RunRecord run = ChooseRun(store, options.run);
  if (options.file == "-") {
    WriteNotebook(store, run, [&](std::string_view text) { invocation.out.Write(text); });
    return 0;
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(options.file, ignored)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("export: -o {}: it is a folder: give a file's name", options.file));
  }
  WrittenFile file(options.file);
  WriteNotebook(store, run, [&](std::string_view text) { file.Write(text); });
  file.Commit();
  if (!invocation.quiet) {
    invocation.err.Write(fmt::format("run {} written to {}\n", run.id.value, options.file));
  }
  return 0;
}

}  // namespace

Action DefineExport(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  app.add_option("RUN", options->run, "A run's number, last, or last:JOB")->required();
  app.add_option("--to", options->format, "The format: ipynb")->type_name("FORMAT");
  app.add_option("-o,--output", options->file, "Where to; - is standard output, the default")
      ->type_name("FILE");
  return [options](Invocation& invocation) { return Export(invocation, *options); };
}

}  // namespace cellar
