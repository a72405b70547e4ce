#include "jobs/read_toml_schedule.h"

#include <string>
#include <vector>

#include "jobs/cron_expression.h"
#include "jobs/source_text.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMostJitter = std::chrono::hours(24);

// The words of `E`, whose values run from 0 to `last`.
template <typename E>
std::vector<std::string> WordsUpTo(E last) {
  std::vector<std::string> words;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    words.emplace_back(ToWord(static_cast<E>(i)));
  }
  return words;
}

// Where the byte at `offset` of a text stands, if it is written in one line without escapes; else
// where the text stands.
toml::source_region PlaceInText(const toml::node& node, const std::string& text,
                                std::size_t offset) {
  toml::source_region place = node.source();
  const auto width = place.end.column - place.begin.column;
  const bool is_plain =
      place.end.line == place.begin.line && width == PlaceOf(text, text.size()).column + 1u;
  if (is_plain) place.begin.column += static_cast<toml::source_index>(PlaceOf(text, offset).column);
  return place;
}

std::string ReadCron(TomlText* text, TomlReader* reader) {
  const auto cron = reader->String("cron");
  if (!cron) return "";
  const auto parsed = CronExpression::Parse(*cron);
  if (const auto* fault = std::get_if<CronFault>(&parsed)) {
    text->Report(PlaceInText(*reader->Node("cron"), *cron, fault->offset),
                 "[schedule]: " + fault->what, fault->suggestion);
  }
  return *cron;
}

milliseconds ReadJitter(TomlReader* reader) {
  const milliseconds jitter = reader->Duration("jitter", true).value_or(milliseconds(0));
  if (jitter > kMostJitter)
    reader->Report("jitter", "jitter is more than a day", "at most \"24h\"");
  return jitter;
}

}  // namespace

std::optional<Concurrency> ReadTomlConcurrency(TomlText* text, TomlReader* top) {
  const toml::table* table = top->Table("concurrency");
  if (table == nullptr) return std::nullopt;
  TomlReader reader(text, table, "[concurrency]");
  Concurrency concurrency;
  concurrency.key = reader.String("key").value_or("");
  concurrency.limit = static_cast<int>(reader.Integer("limit", 1, 10'000).value_or(1));
  if (const auto word = reader.Word("policy", WordsUpTo(Overlap::kReplace))) {
    concurrency.policy = *ParseOverlap(*word);
  }
  reader.Finish();
  return concurrency;
}

std::optional<Schedule> ReadTomlSchedule(TomlText* text, TomlReader* top) {
  const toml::table* table = top->Table("schedule");
  if (table == nullptr) return std::nullopt;
  TomlReader reader(text, table, "[schedule]");
  Schedule schedule;
  schedule.cron = ReadCron(text, &reader);
  if (!reader.Has("cron")) reader.ReportMissing("", "cron is missing", "cron = \"0 3 * * 1-5\"");
  schedule.timezone = reader.String("timezone").value_or("UTC");
  schedule.jitter = ReadJitter(&reader);
  if (const auto word = reader.Word("catch_up", WordsUpTo(CatchUp::kNone))) {
    schedule.catch_up = *ParseCatchUp(*word);
  }
  reader.Finish();
  return schedule;
}

}  // namespace cellar
