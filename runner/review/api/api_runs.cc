// GET /runs.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/review/api/endpoints.h"
#include "runner/review/run_json.h"
#include "runner/review/times.h"
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

}  // namespace

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
