#include "runner/review/html_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runner/review/cell_failure.h"
#include "runner/review/clean_text.h"
#include "runner/review/html_output.h"
#include "runner/review/html_style.h"
#include "runner/review/html_text.h"
#include "runner/review/json_dump.h"
#include "runner/review/source_html.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

constexpr char kPolicy[] =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'";

std::string LineHtml(std::string_view text) { return EscapeHtml(CleanLine(text)); }

template <typename State, typename Reason>
std::string StateHtml(State state, const std::optional<Reason>& reason) {
  std::string text(ToWord(state));
  return reason ? text + ": " + std::string(ToWord(*reason)) : text;
}

std::string NameHtml(const CellRecord& cell) {
  return cell.kind == CellKind::kParameters ? "parameters" : LineHtml(cell.name);
}

/// In UTC, and saying so: the file travels.
std::string TimeHtml(TimePoint time) {
  const std::string utc = FormatUtc(time);
  return fmt::format("<time datetime=\"{}\">{} {} UTC</time>", utc, utc.substr(0, 10),
                     utc.substr(11, 8));
}

/// A pair of the header; nothing when there is nothing to say. `html` is HTML.
void WriteFieldHtml(const char* name, const std::string& html, const TextSink& sink) {
  if (!html.empty()) sink(fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, html));
}

std::string PlaceHtml(const RunRecord& run) {
  std::vector<std::string> parts;
  if (!run.gateway.empty()) parts.push_back(LineHtml(run.gateway));
  if (!run.kernelspec.empty()) parts.push_back("kernel " + LineHtml(run.kernelspec));
  if (run.attempt > 0) parts.push_back(fmt::format("attempt {}", run.attempt));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string SubmittedHtml(const RunRecord& run) {
  std::string text = TimeHtml(run.submitted_at);
  if (run.queue) text += ", queued for " + FormatElapsed(*run.queue);
  if (run.kernel_start) text += ", kernel ready after " + FormatElapsed(*run.kernel_start);
  return text;
}

std::string ParametersHtml(const RunRecord& run) {
  std::vector<std::string> lines;
  for (const auto& [key, value] : run.parameters.items()) {
    lines.push_back("<code>" + LineHtml(key + " = " + DumpJson(value)) + "</code>");
  }
  return fmt::format("{}", fmt::join(lines, "<br>"));
}

void WriteHead(const RunRecord& run, const TextSink& sink) {
  sink(
      fmt::format("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"referrer\" content=\"no-referrer\">\n"
                  "<title>{}: run {} {}</title>\n<style>\n",
                  kPolicy, LineHtml(run.job), run.id.value, ToWord(run.state)));
  sink(kHtmlPageStyle);
  sink("</style>\n</head>\n<body>\n");
}

void WriteHeaderHtml(const RunRecord& run, const TextSink& sink) {
  const std::string_view state = ToWord(run.state);
  sink(fmt::format("<header class=\"{}\">\n<h1>{} <span class=\"badge\">{}</span></h1>\n", state,
                   LineHtml(run.job), StateHtml(run.state, run.reason)));
  sink(fmt::format("<p class=\"quiet\">run {}{}</p>\n", run.id.value,
                   run.duration ? ", " + FormatElapsed(*run.duration) : ""));
  if (!run.message.empty()) sink("<p class=\"message\">" + LineHtml(run.message) + "</p>\n");
  sink("<dl>\n");
  WriteFieldHtml("submitted", SubmittedHtml(run), sink);
  WriteFieldHtml("gateway", PlaceHtml(run), sink);
  WriteFieldHtml("job file", "<code>" + LineHtml(run.job_file) + "</code>", sink);
  WriteFieldHtml("tags", LineHtml(fmt::format("{}", fmt::join(run.tags, ", "))), sink);
  WriteFieldHtml("parameters", ParametersHtml(run), sink);
  sink("</dl>\n</header>\n");
}

void WriteOverview(const std::vector<CellRecord>& cells, const TextSink& sink) {
  if (cells.empty()) return;
  Millis longest(1);
  for (const CellRecord& cell : cells)
    longest = std::max(longest, cell.duration.value_or(Millis()));
  sink(
      "<table class=\"overview\">\n<tr><th scope=\"col\">cell</th><th scope=\"col\">state</th>"
      "<th scope=\"col\" class=\"time\">time</th><th class=\"bar\"></th></tr>\n");
  for (const CellRecord& cell : cells) {
    const std::string bar = cell.duration ? fmt::format("<i style=\"width:{:.1f}%\"></i>",
                                                        100 * (*cell.duration / longest))
                                          : "";
    sink(
        fmt::format("<tr class=\"{}\"><td><a href=\"#cell-{}\">[{}] {}</a></td>"
                    "<td class=\"state\">{}</td><td class=\"time\">{}</td>"
                    "<td class=\"bar\">{}</td></tr>\n",
                    ToWord(cell.state), cell.index, cell.index, NameHtml(cell),
                    StateHtml(cell.state, cell.reason),
                    cell.duration ? FormatElapsed(*cell.duration) : "", bar));
  }
  sink("</table>\n");
}

void WriteCellHead(const CellRecord& cell, const CellFailure& failure, const TextSink& sink) {
  sink(
      fmt::format("<div class=\"head\"><h2><a class=\"number\" href=\"#cell-{}\">[{}]</a> {}</h2>"
                  "<span class=\"badge\">{}</span><span class=\"quiet\">{}</span>",
                  cell.index, cell.index, NameHtml(cell), StateHtml(cell.state, cell.reason),
                  cell.duration ? FormatElapsed(*cell.duration) : ""));
  if (!cell.file.empty()) {
    sink(fmt::format("<span class=\"place\">{}:{}</span>", LineHtml(cell.file),
                     FailingFileLine(cell, failure)));
  }
  sink("</div>\n");
}

void WriteCellHtml(const CellRecord& cell, const std::vector<OutputRecord>& outputs,
                   const std::string& language, const TextSink& sink) {
  const CellFailure failure = FailureOf(cell, outputs);
  sink(fmt::format("<section class=\"cell {}\" id=\"cell-{}\">\n", ToWord(cell.state), cell.index));
  WriteCellHead(cell, failure, sink);
  const auto bad_line = cell.state == CellState::kFailed ? failure.line : std::nullopt;
  sink(fmt::format("<pre class=\"source\" tabindex=\"0\" style=\"counter-reset:line {}\"><code>",
                   cell.file.empty() ? 0 : cell.line - 1) +
       SourceHtml(cell.source, language, bad_line) + "</code></pre>\n<div class=\"outputs\">\n");
  for (const OutputRecord& output : outputs) {
    sink(OutputHtml(output, fmt::format("output {} of cell {}", output.number, cell.index)));
  }
  if (!cell.message.empty() && failure.traceback.empty()) {
    sink("<p class=\"event bad\">" + LineHtml(cell.message) + "</p>\n");
  }
  for (const EventRecord& event : cell.events) {
    sink(fmt::format("<p class=\"event\">{}{}</p>\n", ToWord(event.kind),
                     event.detail.empty() ? "" : ": " + LineHtml(event.detail)));
  }
  sink("</div>\n</section>\n");
}

/// Kernels of Python are marked as such; nothing is lost where we do not know.
std::string HighlightOf(const Store& store, const RunRecord& run) {
  const std::optional<Job> job = JobOfRun(store, run.id);
  if (job && !job->language.empty()) return job->language;
  return run.kernelspec.rfind("python", 0) == 0 ? "python" : "";
}

}  // namespace

void WriteHtmlPage(const Store& store, const RunRecord& run, const TextSink& sink) {
  const std::vector<CellRecord> cells = FindCells(store, run.id, run.attempt);
  const std::string language = HighlightOf(store, run);
  WriteHead(run, sink);
  WriteHeaderHtml(run, sink);
  WriteOverview(cells, sink);
  sink("<main>\n");
  for (const CellRecord& cell : cells) {
    WriteCellHtml(cell, FindOutputs(store, run.id, run.attempt, cell.index), language, sink);
  }
  sink(fmt::format("</main>\n<footer>written by cellar from run {}</footer>\n</body>\n</html>\n",
                   run.id.value));
}

}  // namespace cellar
