// What `work` and `serve` say on standard error: one line an event, for people, for the journal or
// for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "runner/cli/output.h"
#include "store/records.h"

namespace cellar {

enum class LogFormat {
  kPlain,    // the message alone: for somebody who watches
  kText,     // time, level and message
  kJournal,  // the message, with the level as sd-daemon(3) has it in front: "<6>"
  kJson,     // an object: time, level, event, run, job, message, and what else the event has
};

/// `wanted`: "text", "journal", "json"; empty: as standard error asks for. systemd's journal
/// (JOURNAL_STREAM names it) keeps time and level itself; anywhere else it is `otherwise`.
LogFormat ChooseLogFormat(const std::string& wanted, LogFormat otherwise);

enum class LogLevel { kInfo, kWarning, kError };

struct LogEvent {
  LogLevel level = LogLevel::kInfo;
  std::string event;    // "run_started"
  std::string message;  // what people read; control characters are taken out
  std::optional<RunId> run = {};
  std::string job = {};
  nlohmann::ordered_json more = nlohmann::ordered_json::object();
};

class EventLog {
 public:
  EventLog(Output& err, LogFormat format) : err_(err), format_(format) {}

  /// Each line is written at once. Where nobody reads them any more the work goes on.
  void Write(const LogEvent& event);

 private:
  Output& err_;
  LogFormat format_;
};

}  // namespace cellar
