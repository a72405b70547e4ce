#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/cli/commands.h"
#include "runner/cli/run_choice.h"
#include "runner/cli/written_file.h"
#include "runner/review/html_page.h"
#include "runner/review/junit.h"
#include "runner/review/markdown_report.h"
#include "runner/review/notebook.h"
#include "runner/review/run_json.h"
#include "runner/review/run_text.h"

namespace cellar {
namespace {

struct ExportOptions {
  std::string run;
  std::string format;  // empty: by the file's ending
  std::string file = "-";
};

struct Format {
  std::string_view name;
  std::string_view ending;  // of files that are given without --to
  void (*write)(const Store& store, const RunRecord& run, const TextSink& sink);
};

void WriteText(const Store& store, const RunRecord& run, const TextSink& sink) {
  WriteRunText(store, run, {}, sink);
}

void WriteSuite(const Store& store, const RunRecord& run, const TextSink& sink) {
  WriteJunit(store, {run}, sink);
}

constexpr std::array<Format, 6> kFormats{{{"ipynb", ".ipynb", WriteNotebook},
                                          {"html", ".html", WriteHtmlPage},
                                          {"md", ".md", WriteMarkdownReport},
                                          {"json", ".json", WriteRunJson},
                                          {"txt", ".txt", WriteText},
                                          {"junit", ".xml", WriteSuite}}};

const Format& ChooseFormat(const Invocation& invocation, const ExportOptions& options) {
  const std::string ending = std::filesystem::path(options.file).extension().string();
  std::vector<std::string> names;
  for (const Format& format : kFormats) {
    if (options.format.empty() ? ending == format.ending : options.format == format.name) {
      return format;
    }
    names.emplace_back(format.name);
  }
  if (!options.format.empty()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("export: --to: there is no \"{}\": {}", options.format,
                            SuggestWord(options.format, names, "formats")));
  }
  return invocation.json ? kFormats[3] : kFormats[0];
}

int Export(Invocation& invocation, const ExportOptions& options) {
  const Format& format = ChooseFormat(invocation, options);
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const RunRecord run = ChooseRun(store, options.run);
  if (options.file == "-") {
    format.write(store, run, [&](std::string_view text) { invocation.out.Write(text); });
    return 0;
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(options.file, ignored)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("export: -o {}: it is a folder: give a file's name", options.file));
  }
  WrittenFile file(options.file);
  format.write(store, run, [&](std::string_view text) { file.Write(text); });
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
  app.add_option("--to", options->format,
                 "ipynb, html, md, json, txt or junit; default: as the file's ending, else ipynb")
      ->type_name("FORMAT");
  app.add_option("-o,--output", options->file, "Where to; - is standard output, the default")
      ->type_name("FILE");
  return [options](Invocation& invocation) { return Export(invocation, *options); };
}

}  // namespace cellar
