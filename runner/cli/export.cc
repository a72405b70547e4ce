#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "runner/cli/commands.h"
#include "runner/cli/remote_server.h"
#include "runner/cli/written_file.h"
#include "runner/review/export_formats.h"
#include "runner/run_choice.h"

namespace cellar {
namespace {

struct ExportOptions {
  std::string run;
  std::string format;  // empty: by the file's ending
  std::string file = "-";
};

const ExportFormat& ChooseFormat(const Invocation& invocation, const ExportOptions& options) {
  if (!options.format.empty()) return ExportFormatNamed("export: --to", options.format);
  const std::string ending = std::filesystem::path(options.file).extension().string();
  for (const ExportFormat& format : ExportFormats()) {
    if (ending == format.ending) return format;
  }
  return invocation.json ? ExportFormatNamed("export: --to", "json") : ExportFormats().front();
}

/// `write` gets the sink to write to; `run` is a number, for what is said.
void WriteOut(Invocation& invocation, const ExportOptions& options, std::int64_t run,
              const std::function<void(const TextSink& sink)>& write) {
  std::error_code ignored;
  if (std::filesystem::is_directory(options.file, ignored)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("export: -o {}: it is a folder: give a file's name", options.file));
  }
  WrittenFile file(options.file, AtPlace::kFollowed);
  write([&](std::string_view text) { file.Write(text); });
  file.Commit();
  if (!invocation.quiet) {
    invocation.err.Write(fmt::format("run {} written to {}\n", run, options.file));
  }
}

int Export(Invocation& invocation, const ExportOptions& options) {
  const ExportFormat& format = ChooseFormat(invocation, options);
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const RunRecord run = ChooseRun(store, options.run);
  const auto write = [&](const TextSink& sink) { format.write(store, run, sink); };
  if (options.file == "-") {
    write([&](std::string_view text) { invocation.out.Write(text); });
  } else {
    WriteOut(invocation, options, run.id.value, write);
  }
  return 0;
}

int ExportThere(Invocation& invocation, RemoteServer& server, const ExportOptions& options) {
  const std::string format(ChooseFormat(invocation, options).name);
  const auto write_run = [&](const std::string& run, const TextSink& sink) {
    server.Read(ApiPath({"runs", run, "export"}, {{"to", format}}), sink);
  };
  if (options.file == "-") {
    write_run(options.run, [&](std::string_view text) { invocation.out.Write(text); });
    return 0;
  }
  // `last` may be another one a moment later.
  const std::int64_t run =
      server.Get(ApiPath({"runs", options.run, "state"})).at("run").at("id").get<std::int64_t>();
  WriteOut(invocation, options, run,
           [&](const TextSink& sink) { write_run(std::to_string(run), sink); });
  return 0;
}

}  // namespace

Action DefineExport(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  app.add_option("RUN", options->run, "A run's number, last, or last:JOB")->required();
  app.add_option("--to", options->format,
                 "ipynb, html, md, json, txt or junit; default: as the file's ending, else ipynb")
      ->type_name("FORMAT");
  app.add_option("-o,--output", options->file, "Where to; - is standard output, the default")
      ->type_name("FILE");
  return {[options](Invocation& invocation) { return Export(invocation, *options); },
          [options](Invocation& invocation, RemoteServer& server) {
            return ExportThere(invocation, server, *options);
          }};
}

}  // namespace cellar
