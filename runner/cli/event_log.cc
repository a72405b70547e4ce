#include "runner/cli/event_log.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "jobs/error.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

/// systemd.exec(5): JOURNAL_STREAM is "device:inode" of the journal's socket, and inherited by
/// those whose output has gone elsewhere since.
bool IsJournal(int descriptor) {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  return stream != nullptr && ::fstat(descriptor, &status) == 0 &&
         fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

const char* LevelWord(LogLevel level) {
  if (level == LogLevel::kError) return "error";
  return level == LogLevel::kWarning ? "warning" : "info";
}

/// As syslog(3) counts.
char PriorityOf(LogLevel level) {
  if (level == LogLevel::kError) return '3';
  return level == LogLevel::kWarning ? '4' : '6';
}

std::string JsonLine(const LogEvent& event) {
  nlohmann::ordered_json line{
      {"time", FormatUtc(Now())}, {"level", LevelWord(event.level)}, {"event", event.event}};
  if (event.run) line["run"] = event.run->value;
  if (!event.job.empty()) line["job"] = event.job;
  line.update(event.more);
  line["message"] = PlainLine(event.message);
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string LogLine(const LogEvent& event, LogFormat format) {
  if (format == LogFormat::kJson) return JsonLine(event);
  const std::string message = PlainLine(event.message);
  if (format == LogFormat::kText) {
    return fmt::format("{} {:<7} {}", FormatUtc(Now()), LevelWord(event.level), message);
  }
  if (format == LogFormat::kJournal) {
    return fmt::format("<{}>{}", PriorityOf(event.level), message);
  }
  return message;
}

}  // namespace

LogFormat ChooseLogFormat(const std::string& wanted, LogFormat otherwise) {
  if (wanted == "json") return LogFormat::kJson;
  if (wanted == "text") return LogFormat::kText;
  if (wanted == "journal" || IsJournal(STDERR_FILENO)) return LogFormat::kJournal;
  return otherwise;
}

void EventLog::Write(const LogEvent& event) {
  try {
    err_.Write(LogLine(event, format_) + "\n");
    err_.Flush();
  } catch (const Error&) {
  }
}

}  // namespace cellar
