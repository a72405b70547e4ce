// One run in the forms that people and other programs take away: as `show`, `export` and
// `show --json` write it.
#include <nlohmann/json.hpp>

#include "runner/cell_choice.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/api/spooled_answer.h"
#include "runner/review/export_formats.h"
#include "runner/review/run_json.h"
#include "runner/review/run_text.h"

namespace cellar {
namespace {

/// Those that `cell` names, each time it is given; else all. Throws Error (kUsage) as `show` does.
std::vector<CellRecord> CellsIn(const QueryParameters& query, const Store& store,
                                const RunRecord& run) {
  return ChooseCells("show", run.id, FindCells(store, run.id, run.attempt), query.Texts("cell"));
}

}  // namespace

ApiAnswer AnswerDocument(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {}, {"cell"});
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  const std::vector<CellRecord> cells = CellsIn(query, *context.store, *run);
  return SpooledAnswer("application/json", [&](const TextSink& sink) {
    WriteRunJson(*context.store, *run, cells, sink);
  });
}

ApiAnswer AnswerText(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"columns", "colours"}, {"cell"});
  TextLook look;
  look.columns = static_cast<int>(query.Integer("columns", 0, 10'000).value_or(0));
  look.colours = query.Flag("colours");
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  const std::vector<CellRecord> cells = CellsIn(query, *context.store, *run);
  return SpooledAnswer("text/plain; charset=utf-8", [&](const TextSink& sink) {
    WriteRunText(*context.store, *run, cells, look, sink);
  });
}

ApiAnswer AnswerExport(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"to"});
  const std::string to = query.Text("to");
  const ExportFormat& format =
      to.empty() ? ExportFormats().front() : ExportFormatNamed("export: to", to);
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  return SpooledAnswer(std::string(format.content_type),
                       [&](const TextSink& sink) { format.write(*context.store, *run, sink); });
}

}  // namespace cellar
