// GET /runs, a page at a time, and GET /runs/list, as `runs` lists them.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/api/spooled_answer.h"
#include "runner/review/queue_text.h"
#include "runner/review/run_json.h"
#include "runner/review/runs_table.h"
#include "runner/review/times.h"
#include "runner/run_choice.h"
#include "store/run_list.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestText = 1000;  // bytes that are looked for

[[noreturn]] void RefuseQuery(const std::string& message) {
  throw Error(ErrorKind::kUsage, message);
}

/// Words of a closed set with commas between; `last` is its last one.
template <typename E>
std::vector<E> WordsIn(const std::string& name, const std::string& text,
                       std::optional<E> (*parse)(std::string_view), E last) {
  std::vector<E> values;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    const auto value = parse(word);
    if (value) {
      values.push_back(*value);
      continue;
    }
    std::vector<std::string> known;
    for (int i = 0; i <= static_cast<int>(last); ++i) {
      known.emplace_back(ToWord(static_cast<E>(i)));
    }
    RefuseQuery(fmt::format("{}: there is no \"{}\": {}", name, word,
                            SuggestWord(word, known, name + "s")));
  }
  return values;
}

std::optional<TimePoint> MomentIn(const std::string& name, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto moment = ParseMoment(text, Now());
  if (moment) return moment;
  RefuseQuery(
      fmt::format("{}: \"{}\" is no time: give 2026-11-23, 2026-11-23T03:31:00Z, or how long "
                  "ago: 90m, 2h, 3d",
                  name, text));
}

void ReadOrder(std::string sort, RunListing* listing) {
  if (sort.empty()) return;
  const std::string given = sort;
  listing->descending = sort.front() == '-';
  if (listing->descending) sort.erase(0, 1);
  if (sort == "id") {
    listing->order = RunOrder::kId;
  } else if (sort == "duration") {
    listing->order = RunOrder::kDuration;
  } else if (sort == "finished") {
    listing->order = RunOrder::kFinished;
  } else if (sort == "job") {
    listing->order = RunOrder::kJob;
  } else {
    RefuseQuery(
        fmt::format("sort: there is no order \"{}\": id, duration, finished or job, with - "
                    "before it: descending",
                    given));
  }
}

RunListing ListingOf(const QueryParameters& query) {
  RunListing listing;
  listing.filter.job = query.Text("job");
  listing.filter.tag = query.Text("tag");
  listing.filter.since = MomentIn("since", query.Text("since"));
  listing.filter.until = MomentIn("until", query.Text("until"));
  listing.filter.limit = query.Limit(500, 50);
  listing.states = WordsIn("state", query.Text("state"), ParseRunState, RunState::kCancelled);
  listing.reasons = WordsIn("reason", query.Text("reason"), ParseRunReason, RunReason::kDependency);
  listing.text = query.Text("text");
  if (listing.text.size() > kLongestText) {
    RefuseQuery(fmt::format("text: at most {} bytes are looked for", kLongestText));
  }
  listing.cursor = query.Text("cursor");
  ReadOrder(query.Text("sort"), &listing);
  return listing;
}

// --- As `runs` lists them

/// At most one of a closed set.
template <typename E>
std::optional<E> WordIn(const std::string& name, const std::string& text,
                        std::optional<E> (*parse)(std::string_view), E last) {
  const std::vector<E> words = WordsIn(name, text, parse, last);
  if (words.size() > 1) RefuseQuery(fmt::format("{}: one alone can be asked for here", name));
  return words.empty() ? std::nullopt : std::optional(words.front());
}

RunFilter FilterOf(const Store& store, const QueryParameters& query) {
  RunFilter filter;
  filter.job = query.Text("job");
  filter.tag = query.Text("tag");
  filter.pinned = query.Flag("pinned");
  filter.since = MomentIn("since", query.Text("since"));
  filter.until = MomentIn("until", query.Text("until"));
  filter.state = WordIn("state", query.Text("state"), ParseRunState, RunState::kCancelled);
  filter.reason = WordIn("reason", query.Text("reason"), ParseRunReason, RunReason::kDependency);
  filter.limit = static_cast<int>(query.Integer("limit", 0, 1'000'000'000).value_or(50));
  const std::string group = query.Text("group");
  if (!group.empty()) filter.group = ChooseGroup(store, group);
  return filter;
}

enum class ListForm { kText, kJson };

ListForm FormIn(const std::string& text) {
  if (text.empty() || text == "text") return ListForm::kText;
  if (text == "json") return ListForm::kJson;
  RefuseQuery(fmt::format("form: \"{}\" is neither text nor json", text));
}

void WriteList(const Store& store, const RunFilter& filter, const TextLook& look, ListForm form,
               const TextSink& sink) {
  if (filter.state == RunState::kQueued && !filter.reason) {
    const std::vector<QueuedRun> queued = QueuedRuns(store, Now(), filter);
    if (form == ListForm::kJson) return WriteQueueJson(queued, sink);
    if (!queued.empty()) sink(QueueTable(queued, look));
    return;
  }
  const std::vector<RunRecord> runs = FindRuns(store, filter);
  if (form == ListForm::kJson) return WriteRunsJson(runs, sink);
  if (!runs.empty()) sink(RunsTable(runs, look));
}

}  // namespace

ApiAnswer AnswerRunList(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"job", "state", "reason", "tag", "pinned", "group", "since",
                                        "until", "limit", "form", "columns", "colours"});
  const RunFilter filter = FilterOf(*context.store, query);
  const ListForm form = FormIn(query.Text("form"));
  TextLook look;
  look.columns = static_cast<int>(query.Integer("columns", 0, 10'000).value_or(0));
  look.colours = query.Flag("colours");
  return SpooledAnswer(
      form == ListForm::kJson ? "application/json" : "text/plain; charset=utf-8",
      [&](const TextSink& sink) { WriteList(*context.store, filter, look, form, sink); });
}

ApiAnswer AnswerRuns(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"job", "state", "reason", "tag", "text", "since", "until",
                                        "limit", "cursor", "sort"});
  const RunListing listing = ListingOf(query);
  const RunPage page = ListRuns(*context.store, listing);
  Json runs = Json::array();
  for (const RunRecord& run : page.runs) runs.push_back(RunToJson(run));
  Json answer{{"schema_version", 1}, {"runs", std::move(runs)}};
  answer["next"] = page.next ? Json(*page.next) : Json(nullptr);
  answer["total"] =
      listing.text.empty() ? Json(CountListed(*context.store, listing)) : Json(nullptr);
  return JsonAnswer(answer);
}

}  // namespace cellar
