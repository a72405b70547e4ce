// One execute_request as its client sees it: takes the messages that answer it and writes its
// outputs down. No socket, no clock. Protocol: Jupyter messaging 5.3, "Execute", "Clear output",
// "Update display data", "Kernel status".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner/gateway/message.h"
#include "store/attempt_writer.h"

namespace cellar {

/// Which outputs of an attempt bear a display_id: an update reaches all of them, in every cell.
class DisplayRegistry {
 public:
  struct Place {
    int cell;
    int number;
    OutputType type;
    nlohmann::json execution_count;  // of an execute_result: an update does not bring one
  };

  void Add(const std::string& display_id, Place place);
  /// After clear_output: an update must not bring the cell's outputs back.
  void ForgetCell(int cell);
  const std::vector<Place>& Find(const std::string& display_id) const;

 private:
  std::map<std::string, std::vector<Place>> places_;
};

class CellExecution {
 public:
  /// `request_id` is the msg_id of our execute_request, `cell` the cell's index in its attempt.
  CellExecution(std::string request_id, int cell, AttemptWriter& writer, DisplayRegistry& displays);

  /// For a request that an earlier worker sent: so many outputs were stored, the last of them the
  /// stream of that name, if it was one.
  void GoOnAfter(int outputs, std::string open_stream);

  /// Takes one message that has our request as its parent, from any channel, in order of arrival.
  /// Unknown types are ignored: kernels may add them. `at` is the time of its arrival.
  void Take(const KernelMessage& message, TimePoint at);

  /// True once both the execute_reply and the idle status came, in either order.
  bool done() const { return replied_ && idle_; }
  bool begun() const { return begun_; }  // its execute_input came
  bool replied() const { return replied_; }
  bool idle() const { return idle_; }

  /// The cell's end is written; what comes now is late, as is what comes after its idle.
  void MarkEnded() { ended_ = true; }

  /// Some of its output is gone, or may be: an event says so.
  void LoseOutput(TimePoint at, const std::string& detail);
  /// The reply is all that will come. After LoseOutput.
  void EndWithoutIdle() { KeepErrorOfReply(); }

  const std::string& request_id() const { return request_id_; }
  int cell() const { return cell_; }

  // Of the execute_reply.
  const std::string& status() const { return status_; }  // "ok", "error", "aborted"
  const std::string& error_name() const { return error_name_; }
  const std::string& error_value() const { return error_value_; }
  std::optional<int> execution_count() const { return execution_count_; }
  bool asked_to_exit() const { return asked_to_exit_; }  // exit() in the cell: the kernel ends

  bool lost_outputs() const { return lost_outputs_; }

 private:
  bool is_late() const { return idle_ || ended_; }
  void TakeReply(const nlohmann::json& content);
  void TakePayloads(const nlohmann::json& payloads);
  void TakeStream(const KernelMessage& message, TimePoint at);
  void TakeOutput(OutputType type, const KernelMessage& message);
  void TakeUpdate(const nlohmann::json& content);
  void Replace(const std::string& display_id, const nlohmann::json& content);
  void TakeClear(const nlohmann::json& content, TimePoint at);
  void BeginOutput(TimePoint at);
  void NoteLate(TimePoint at);
  void KeepErrorOfReply();
  void Clear();

  std::string request_id_;
  int cell_;
  AttemptWriter& writer_;
  DisplayRegistry& displays_;
  bool begun_ = false;
  bool replied_ = false;
  bool idle_ = false;
  bool ended_ = false;
  bool noted_late_ = false;
  bool clear_at_next_output_ = false;
  bool asked_to_exit_ = false;
  bool lost_outputs_ = false;
  bool has_error_output_ = false;
  int outputs_ = 0;          // also the number of the next one
  std::string open_stream_;  // the name of the last output when it is a stream, else empty
  std::string status_;
  std::string error_name_;
  std::string error_value_;
  nlohmann::json reply_error_;  // as an output, when the reply says so
  std::optional<int> execution_count_;
};

}  // namespace cellar
