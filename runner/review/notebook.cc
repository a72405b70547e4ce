#include "runner/review/notebook.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "runner/review/json_dump.h"
#include "runner/review/json_values.h"
#include "runner/review/mime_bundle.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kIndent = 1;  // as Jupyter writes its files

/// nbclient's and papermill's times are our own clock's here: a store keeps when a cell was sent
/// and how long it took, not when each message was made.
std::optional<TimePoint> CellEndTime(const CellRecord& cell) {
  if (!cell.started_at || !cell.duration) return std::nullopt;
  return *cell.started_at + std::chrono::round<std::chrono::milliseconds>(*cell.duration);
}

Json SecondsOrNull(const std::optional<Millis>& duration) {
  return duration ? Json(duration->count() / 1000) : Json(nullptr);
}

/// The keys of nbclient (`record_timing`): the Jupyter messages at which they are taken.
Json ExecutionMetadata(const CellRecord& cell) {
  Json metadata = Json::object();
  if (cell.started_at) {
    metadata["iopub.execute_input"] = FormatUtc(*cell.started_at);
    metadata["iopub.status.busy"] = FormatUtc(*cell.started_at);
  }
  if (const auto end = CellEndTime(cell)) {
    metadata["iopub.status.idle"] = FormatUtc(*end);
    metadata["shell.execute_reply"] = FormatUtc(*end);
  }
  return metadata;
}

/// papermill's word for a cell's state.
const char* PapermillStatus(CellState state) {
  switch (state) {
    case CellState::kRunning:
      return "running";
    case CellState::kSucceeded:
      return "completed";
    case CellState::kFailed:
    case CellState::kUnknown:
      return "failed";
    default:
      return "pending";
  }
}

Json PapermillMetadata(const CellRecord& cell) {
  return {{"duration", SecondsOrNull(cell.duration)},
          {"end_time", TimeOrNull(CellEndTime(cell))},
          {"exception", cell.state == CellState::kFailed},
          {"start_time", TimeOrNull(cell.started_at)},
          {"status", PapermillStatus(cell.state)}};
}

Json CellarMetadata(const CellRecord& cell) {
  Json metadata{{"state", ToWord(cell.state)}};
  if (cell.reason) metadata["reason"] = ToWord(*cell.reason);
  if (!cell.message.empty()) metadata["message"] = cell.message;
  for (const EventRecord& event : cell.events) {
    metadata["events"].push_back(
        {{"kind", ToWord(event.kind)}, {"at", FormatUtc(event.at)}, {"detail", event.detail}});
  }
  return metadata;
}

/// A cell's tags, as other tools read them. `definition`: as the job had it; nullptr for the
/// injected one.
Json TagsOf(const CellRecord& cell, const Cell* definition) {
  Json tags = Json::array();
  if (cell.kind == CellKind::kParameters) tags.push_back("injected-parameters");
  if (definition != nullptr && definition->expects_error) tags.push_back("raises-exception");
  if (definition != nullptr && definition->skip) tags.push_back("skip-execution");
  return tags;
}

/// nbformat has objects only under JSON types; a kernel may have sent anything.
Json CheckedData(const Json& data) {
  Json checked = Json::object();
  for (const auto& [type, value] : data.items()) {
    checked[type] = value.is_string() || IsJsonType(type) ? value : Json(DumpJson(value));
  }
  return checked;
}

/// The keys that nbformat 4.5 has for each type of output, and no other.
Json CheckedOutput(const Json& output) {
  constexpr std::array<const char*, 9> kKeys{"output_type", "name",     "text",
                                             "data",        "metadata", "execution_count",
                                             "ename",       "evalue",   "traceback"};
  Json checked = Json::object();
  for (const char* key : kKeys) {
    const auto found = output.find(key);
    if (found == output.end()) continue;
    checked[key] =
        std::string_view(key) == "data" && found->is_object() ? CheckedData(*found) : *found;
  }
  return checked;
}

Json CellJson(const CellRecord& cell, const Cell* definition,
              const std::vector<OutputRecord>& outputs) {
  Json metadata = Json::object();
  if (!cell.name.empty()) metadata["name"] = cell.name;
  const Json tags = TagsOf(cell, definition);
  if (!tags.empty()) metadata["tags"] = tags;
  metadata["execution"] = ExecutionMetadata(cell);
  metadata["papermill"] = PapermillMetadata(cell);
  metadata["cellar"] = CellarMetadata(cell);
  Json json{{"cell_type", "code"},
            {"execution_count", cell.execution_count ? Json(*cell.execution_count) : Json(nullptr)},
            {"id", "cell-" + std::to_string(cell.index)},
            {"metadata", std::move(metadata)},
            {"outputs", Json::array()},
            {"source", cell.source}};
  for (const OutputRecord& output : outputs) json["outputs"].push_back(CheckedOutput(output.body));
  return json;
}

Json NotebookMetadata(const RunRecord& run) {
  Json metadata = Json::object();
  if (!run.kernelspec.empty()) {
    metadata["kernelspec"] = {{"display_name", run.kernelspec}, {"name", run.kernelspec}};
  }
  metadata["papermill"] = {
      {"duration", SecondsOrNull(run.duration)},
      {"end_time", TimeOrNull(run.finished_at)},
      {"exception", run.state == RunState::kFailed ? Json(true) : Json(nullptr)},
      {"input_path", run.job_file},
      {"parameters", run.parameters},
      {"start_time", TimeOrNull(run.started_at)}};
  metadata["cellar"] = {{"run", run.id.value},
                        {"job", run.job},
                        {"state", ToWord(run.state)},
                        {"reason", run.reason ? Json(ToWord(*run.reason)) : Json(nullptr)},
                        {"message", run.message},
                        {"gateway", run.gateway},
                        {"attempt", run.attempt},
                        {"tags", run.tags},
                        {"job_sha256", run.job_sha256}};
  return metadata;
}

/// The job's own cells, one after the other, beside those of the run.
class Definitions {
 public:
  explicit Definitions(const std::optional<Job>& job) : job_(job) {}

  const Cell* Next(const CellRecord& cell) {
    if (!job_ || cell.kind == CellKind::kParameters || next_ >= job_->cells.size()) return nullptr;
    return &job_->cells[next_++];
  }

 private:
  const std::optional<Job>& job_;
  std::size_t next_ = 0;
};

}  // namespace

void WriteNotebook(const Store& store, const RunRecord& run, const TextSink& sink) {
  const std::optional<Job> job = JobOfRun(store, run.id);
  Definitions definitions(job);
  sink("{\n \"cells\": [");
  bool is_first = true;
  for (const CellRecord& cell : FindCells(store, run.id, run.attempt)) {
    sink(is_first ? "\n" : ",\n");
    is_first = false;
    sink(DumpJson(
        CellJson(cell, definitions.Next(cell), FindOutputs(store, run.id, run.attempt, cell.index)),
        kIndent));
  }
  sink("\n ],\n \"metadata\": " + DumpJson(NotebookMetadata(run), kIndent));
  sink(",\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n");
}

}  // namespace cellar
