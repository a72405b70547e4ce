#include "runner/cell_execution.h"

#include <algorithm>

namespace cellar {
namespace {

using nlohmann::json;

std::string TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string Dump(const json& body) {
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

json ObjectOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : json::object();
}

/// transient may be null, or missing (nbclient client.py l.1103).
std::string DisplayIdOf(const json& content) {
  return TextOf(ObjectOf(content, "transient"), "display_id");
}

/// What jupyter_server's channels.py injects when its limits were passed.
bool IsRateLimitNote(const std::string& text) {
  return text.rfind("IOPub data rate exceeded", 0) == 0 ||
         text.rfind("IOPub message rate exceeded", 0) == 0;
}

json BodyOf(OutputType type, const json& content) {
  json body = json::object();
  if (type == OutputType::kError) {
    body["ename"] = TextOf(content, "ename");
    body["evalue"] = TextOf(content, "evalue");
    const auto traceback = content.find("traceback");
    body["traceback"] =
        traceback != content.end() && traceback->is_array() ? *traceback : json::array();
    return body;
  }
  body["data"] = ObjectOf(content, "data");
  body["metadata"] = ObjectOf(content, "metadata");
  if (type == OutputType::kExecuteResult) {
    const auto count = content.find("execution_count");
    body["execution_count"] = count != content.end() ? *count : json(nullptr);
  }
  return body;
}

}  // namespace

void DisplayRegistry::Add(const std::string& display_id, Place place) {
  places_[display_id].push_back(std::move(place));
}

void DisplayRegistry::ForgetCell(int cell) {
  for (auto& [id, places] : places_) {
    std::erase_if(places, [cell](const Place& place) { return place.cell == cell; });
  }
}

const std::vector<DisplayRegistry::Place>& DisplayRegistry::Find(
    const std::string& display_id) const {
  static const std::vector<Place> kNone;
  const auto found = places_.find(display_id);
  return found == places_.end() ? kNone : found->second;
}

CellExecution::CellExecution(std::string request_id, int cell, AttemptWriter& writer,
                             DisplayRegistry& displays)
    : request_id_(std::move(request_id)), cell_(cell), writer_(writer), displays_(displays) {}

void CellExecution::GoOnAfter(int outputs, std::string open_stream) {
  outputs_ = outputs;
  open_stream_ = std::move(open_stream);
}

void CellExecution::Take(const KernelMessage& message, TimePoint at) {
  const std::string& type = message.type;
  if (type == "execute_reply") {
    if (message.channel == Channel::kShell) TakeReply(message.content);
  } else if (type == "status") {
    idle_ = idle_ || TextOf(message.content, "execution_state") == "idle";
  } else if (type == "execute_input") {
    begun_ = true;
    const auto count = message.content.find("execution_count");
    if (count != message.content.end() && count->is_number_integer()) execution_count_ = *count;
  } else if (type == "stream") {
    TakeStream(message, at);
  } else if (type == "display_data" || type == "execute_result" || type == "error") {
    BeginOutput(at);
    TakeOutput(*ParseOutputType(type), message);
  } else if (type == "update_display_data") {
    TakeUpdate(message.content);
  } else if (type == "clear_output") {
    TakeClear(message.content, at);
  }
  if (done()) KeepErrorOfReply();
}

void CellExecution::TakeReply(const json& content) {
  replied_ = true;
  status_ = TextOf(content, "status");
  error_name_ = TextOf(content, "ename");
  error_value_ = TextOf(content, "evalue");
  // Before the input is echoed the reply's count is the only one; for blank code it lags by one.
  const auto count = content.find("execution_count");
  if (!execution_count_ && count != content.end() && count->is_number_integer()) {
    execution_count_ = *count;
  }
  const auto payloads = content.find("payload");
  if (payloads != content.end() && payloads->is_array()) TakePayloads(*payloads);
  if (status_ == "error") reply_error_ = BodyOf(OutputType::kError, content);
}

void CellExecution::TakePayloads(const json& payloads) {
  for (const json& payload : payloads) {
    if (!payload.is_object() || TextOf(payload, "source") != "ask_exit") continue;
    const auto keeps = payload.find("keepkernel");  // exit(keep_kernel=True)
    asked_to_exit_ = keeps == payload.end() || !keeps->is_boolean() || !keeps->get<bool>();
  }
}

/// What drops output drops the error output too; the reply still has the traceback.
void CellExecution::KeepErrorOfReply() {
  if (!lost_outputs_ || has_error_output_ || reply_error_.is_null()) return;
  has_error_output_ = true;
  open_stream_.clear();
  writer_.AddOutput(cell_, outputs_++, OutputType::kError, "", Dump(reply_error_));
}

void CellExecution::LoseOutput(TimePoint at, const std::string& detail) {
  lost_outputs_ = true;
  writer_.AddEvent(cell_, EventKind::kOutputsLost, at, detail);
}

void CellExecution::TakeStream(const KernelMessage& message, TimePoint at) {
  const std::string name = TextOf(message.content, "name");
  const auto found = message.content.find("text");
  if (found == message.content.end() || !found->is_string()) return;
  const std::string& text = found->get_ref<const std::string&>();
  BeginOutput(at);
  if (open_stream_ != name) {
    writer_.AddStream(cell_, outputs_++, name == "stderr" ? "stderr" : "stdout");
    open_stream_ = name;
  }
  writer_.AppendText(cell_, outputs_ - 1, text);
  if (message.made_by_server && IsRateLimitNote(text)) {
    LoseOutput(at, text.substr(0, text.find('\n')) + ": the gateway dropped output");
  }
}

void CellExecution::TakeOutput(OutputType type, const KernelMessage& message) {
  open_stream_.clear();
  has_error_output_ = has_error_output_ || type == OutputType::kError;
  const std::string display_id = DisplayIdOf(message.content);
  json body = BodyOf(type, message.content);
  if (!display_id.empty()) {
    Replace(display_id, message.content);  // a second output with a known id changes the earlier
    const json count = type == OutputType::kExecuteResult ? body["execution_count"] : json();
    displays_.Add(display_id, DisplayRegistry::Place{cell_, outputs_, type, count});
  }
  writer_.AddOutput(cell_, outputs_++, type, display_id, Dump(body));
}

void CellExecution::TakeUpdate(const json& content) { Replace(DisplayIdOf(content), content); }

void CellExecution::Replace(const std::string& display_id, const json& content) {
  for (const DisplayRegistry::Place& place : displays_.Find(display_id)) {
    json body = BodyOf(OutputType::kDisplayData, content);
    if (place.type == OutputType::kExecuteResult) body["execution_count"] = place.execution_count;
    writer_.ReplaceBody(place.cell, place.number, Dump(body));
  }
}

void CellExecution::TakeClear(const json& content, TimePoint at) {
  const auto wait = content.find("wait");
  if (wait != content.end() && wait->is_boolean() && wait->get<bool>()) {
    clear_at_next_output_ = true;
  } else {
    NoteLate(at);
    Clear();
  }
}

void CellExecution::BeginOutput(TimePoint at) {
  NoteLate(at);
  if (clear_at_next_output_) Clear();
}

void CellExecution::NoteLate(TimePoint at) {
  if (!is_late() || noted_late_) return;
  noted_late_ = true;
  clear_at_next_output_ = false;  // one that waits is void with the cell's end
  writer_.AddEvent(cell_, EventKind::kLateOutput, at, "output came after the cell's end");
}

void CellExecution::Clear() {
  clear_at_next_output_ = false;
  open_stream_.clear();
  displays_.ForgetCell(cell_);
  writer_.ClearOutputs(cell_);
}

}  // namespace cellar
