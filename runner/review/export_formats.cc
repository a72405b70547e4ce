#include "runner/review/export_formats.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/review/html_page.h"
#include "runner/review/junit.h"
#include "runner/review/markdown_report.h"
#include "runner/review/notebook.h"
#include "runner/review/run_json.h"
#include "runner/review/run_text.h"

namespace cellar {
namespace {

void WriteText(const Store& store, const RunRecord& run, const TextSink& sink) {
  WriteRunText(store, run, {}, sink);
}

void WriteSuite(const Store& store, const RunRecord& run, const TextSink& sink) {
  WriteJunit(store, {run}, sink);
}

constexpr std::array<ExportFormat, 6> kFormats{
    {{"ipynb", ".ipynb", "application/x-ipynb+json", WriteNotebook},
     {"html", ".html", "text/html; charset=utf-8", WriteHtmlPage},
     {"md", ".md", "text/markdown; charset=utf-8", WriteMarkdownReport},
     {"json", ".json", "application/json", WriteRunJson},
     {"txt", ".txt", "text/plain; charset=utf-8", WriteText},
     {"junit", ".xml", "application/xml", WriteSuite}}};

}  // namespace

std::span<const ExportFormat> ExportFormats() { return kFormats; }

const ExportFormat& ExportFormatNamed(const std::string& flag, const std::string& name) {
  std::vector<std::string> names;
  for (const ExportFormat& format : kFormats) {
    if (format.name == name) return format;
    names.emplace_back(format.name);
  }
  throw Error(ErrorKind::kUsage, fmt::format("{}: there is no \"{}\": {}", flag, name,
                                             SuggestWord(name, names, "formats")));
}

}  // namespace cellar
