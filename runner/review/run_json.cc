#include "runner/review/run_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "runner/review/json_dump.h"
#include "runner/review/json_values.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
template <typename E>
Json ReasonOrNull(const std::optional<E>& value) {
  return value ? Json(ToWord(*value)) : Json(nullptr);
}
Json EventToJson(const EventRecord& event) {
  return {{"kind", ToWord(event.kind)}, {"at", FormatUtc(event.at)}, {"detail", event.detail}};
}

/// Of runs that were submitted together; nullopt: none, or all are gone.
std::optional<GroupId> GroupOf(const Store& store, const std::vector<Submission>& submissions) {
  for (const Submission& one : submissions) {
    if (const auto run = FindRun(store, one.run)) return run->group;
  }
  return std::nullopt;
}

}  // namespace

Json RunToJson(const RunRecord& run) {
  return {{"id", run.id.value},
          {"job", run.job},
          {"state", ToWord(run.state)},
          {"reason", ReasonOrNull(run.reason)},
          {"message", run.message},
          {"parameters", run.parameters},
          {"tags", run.tags},
          {"gateway", run.gateway},
          {"kernelspec", run.kernelspec},
          {"attempt", run.attempt},
          {"submitted_at", FormatUtc(run.submitted_at)},
          {"started_at", TimeOrNull(run.started_at)},
          {"finished_at", TimeOrNull(run.finished_at)},
          {"queue_ms", MillisOrNull(run.queue)},
          {"kernel_start_ms", MillisOrNull(run.kernel_start)},
          {"duration_ms", MillisOrNull(run.duration)},
          {"job_file", run.job_file},
          {"job_sha256", run.job_sha256},
          {"pinned", run.is_pinned}};
}

Json CellToJson(const CellRecord& cell, std::vector<OutputRecord>&& outputs) {
  Json json{{"index", cell.index},
            {"name", cell.name},
            {"kind", ToWord(cell.kind)},
            {"source", cell.source},
            {"state", ToWord(cell.state)},
            {"reason", ReasonOrNull(cell.reason)},
            {"message", cell.message},
            {"execution_count", OrNull(cell.execution_count)},
            {"started_at", TimeOrNull(cell.started_at)},
            {"duration_ms", MillisOrNull(cell.duration)},
            {"output_bytes", cell.output_bytes},
            {"outputs", Json::array()},
            {"events", Json::array()}};
  for (OutputRecord& output : outputs) json["outputs"].push_back(std::move(output.body));
  for (const EventRecord& event : cell.events) json["events"].push_back(EventToJson(event));
  return json;
}

Json LogPieceToJson(const LogPiece& piece) {
  Json json{{"schema_version", 1}, {"cell", piece.cell}, {"number", piece.number}};
  if (piece.type == OutputType::kStream) {
    json["output"] = {{"output_type", "stream"}, {"name", piece.stream_name}, {"text", piece.text}};
  } else {
    json["output"] = piece.body;
  }
  return json;
}

void WriteRunJson(const Store& store, const RunRecord& run, const TextSink& sink) {
  WriteRunJson(store, run, FindCells(store, run.id, run.attempt), sink);
}

void WriteRunJson(const Store& store, const RunRecord& run, const std::vector<CellRecord>& cells,
                  const TextSink& sink) {
  sink("{\"schema_version\": 1,\n \"run\": " + DumpJson(RunToJson(run)) + ",\n \"cells\": [");
  bool is_first = true;
  for (const CellRecord& cell : cells) {
    sink(is_first ? "\n  " : ",\n  ");
    is_first = false;
    sink(DumpJson(CellToJson(cell, FindOutputs(store, run.id, run.attempt, cell.index))));
  }
  sink("]}\n");
}

void WriteRunsJson(const std::vector<RunRecord>& runs, const TextSink& sink) {
  sink("{\"schema_version\": 1, \"runs\": [");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    sink(i == 0 ? "\n  " : ",\n  ");
    sink(DumpJson(RunToJson(runs[i])));
  }
  sink("]}\n");
}

void WriteSubmissionsJson(const Store& store, const std::vector<Submission>& submissions,
                          const TextSink& sink) {
  const std::optional<GroupId> group = GroupOf(store, submissions);
  sink(fmt::format("{{\"schema_version\": 1, \"group\": {}, \"runs\": [",
                   group ? std::to_string(group->value) : "null"));
  bool is_first = true;
  for (const Submission& one : submissions) {
    const std::optional<RunRecord> run = FindRun(store, one.run);
    if (!run) continue;
    Json json = RunToJson(*run);
    json["is_new"] = one.is_new;
    sink(is_first ? "\n  " : ",\n  ");
    is_first = false;
    sink(DumpJson(json));
  }
  sink("]}\n");
}

}  // namespace cellar
