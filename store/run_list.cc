#include "store/run_list.h"

#include <fmt/format.h>

#include <string_view>

#include "jobs/error.h"
#include "jobs/number_text.h"
#include "store/like_pattern.h"
#include "store/run_selection.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

constexpr int kMostLookedThrough = 20'000;

/// Where a page ended.
struct Position {
  std::string key;  // of the last run; empty: it has none
  std::int64_t id = 0;
};

bool MayBeMissing(RunOrder order) {
  return order == RunOrder::kDuration || order == RunOrder::kFinished;
}

const char* OrderWord(RunOrder order) {
  switch (order) {
    case RunOrder::kDuration:
      return "duration";
    case RunOrder::kFinished:
      return "finished";
    case RunOrder::kJob:
      return "job";
    case RunOrder::kId:
      break;
  }
  return "id";
}

std::string KeyColumn(const RunListing& listing) {
  switch (listing.order) {
    case RunOrder::kDuration:
      return "attempt.duration_ms";
    case RunOrder::kFinished:
      return "run.finished_at";
    case RunOrder::kJob:
      return "run.job";
    case RunOrder::kId:
      break;
  }
  return NumberColumn(listing.filter);
}

// --- The cursor: "-duration:812.5:7"

std::string BeginningOf(const RunListing& listing) {
  return fmt::format("{}{}:", listing.descending ? "-" : "", OrderWord(listing.order));
}

std::string CursorOf(const RunListing& listing, const Position& position) {
  return fmt::format("{}{}:{}", BeginningOf(listing), position.key, position.id);
}

bool IsKey(RunOrder order, std::string_view key) {
  if (order == RunOrder::kDuration) return key.empty() || NumberOf<double>(key);
  if (order == RunOrder::kFinished) return key.empty() || NumberOf<std::int64_t>(key);
  return order == RunOrder::kJob || key.empty();
}

Position ReadCursor(const RunListing& listing) {
  const std::string& cursor = listing.cursor;
  const std::string beginning = BeginningOf(listing);
  const auto end = cursor.rfind(':');
  if (cursor.starts_with(beginning) && end >= beginning.size()) {
    Position position{cursor.substr(beginning.size(), end - beginning.size()), 0};
    const auto id = NumberOf<std::int64_t>(std::string_view(cursor).substr(end + 1));
    if (id && IsKey(listing.order, position.key)) {
      position.id = *id;
      return position;
    }
  }
  throw Error(
      ErrorKind::kUsage,
      fmt::format("cursor: \"{}\" is none of this order: give `next` of the page before", cursor));
}

// --- The query

template <typename E>
std::string AnyOf(const char* column, const std::vector<E>& values) {
  if (values.empty()) return "";
  std::string words;
  for (const E value : values) {
    words += fmt::format("{}'{}'", words.empty() ? "" : ", ", ToWord(value));
  }
  return fmt::format(" AND {} IN ({})", column, words);
}

std::string ConditionsOf(const RunListing& listing, LastAttempt attempt) {
  return SelectionOf(listing.filter, attempt) + AnyOf("run.state", listing.states) +
         AnyOf("run.reason", listing.reasons);
}

constexpr const char* kMatch = R"sql((run.job LIKE :text ESCAPE '\'
    OR run.message LIKE :text ESCAPE '\' OR run.parameters LIKE :text ESCAPE '\'))sql";

/// Those with a key, or those without, behind `from`. Columns: number, key, whether it matches.
std::string SelectOf(const RunListing& listing, bool with_key, bool has_from) {
  const std::string key = KeyColumn(listing);
  const bool by_duration = listing.order == RunOrder::kDuration;
  const LastAttempt attempt = !by_duration ? LastAttempt::kNo
                              : with_key   ? LastAttempt::kOnly
                                           : LastAttempt::kIfAny;
  // As the index attempt_by_duration has it.
  const char* id = by_duration && with_key ? "attempt.run_id" : NumberColumn(listing.filter);
  const char* direction = listing.descending ? "DESC" : "ASC";
  const char* behind = listing.descending ? "<" : ">";
  std::string sql = fmt::format("SELECT {}, {}, {}", id, key, listing.text.empty() ? "1" : kMatch) +
                    ConditionsOf(listing, attempt);
  const bool by_key = with_key && listing.order != RunOrder::kId;
  if (MayBeMissing(listing.order)) {
    sql += fmt::format(" AND {} IS {}NULL", key, with_key ? "NOT " : "");
  }
  if (has_from && by_key) sql += fmt::format(" AND ({}, {}) {} (:key, :id)", key, id, behind);
  if (has_from && !by_key) sql += fmt::format(" AND {} {} :id", id, behind);
  sql += " ORDER BY ";
  if (by_key) sql += fmt::format("{} {}, ", key, direction);
  return sql + fmt::format("{} {}", id, direction);
}

void BindPosition(RunOrder order, const Position& from, Query& query) {
  query.Bind(":id", from.id);
  if (from.key.empty()) return;
  if (order == RunOrder::kDuration) query.Bind(":key", NumberOf<double>(from.key));
  if (order == RunOrder::kFinished) query.Bind(":key", NumberOf<std::int64_t>(from.key));
  if (order == RunOrder::kJob) query.Bind(":key", std::string_view(from.key));
}

Position PositionAt(RunOrder order, const Query& row) {
  Position position{"", row.Int(0)};
  if (order == RunOrder::kId || row.IsNull(1)) return position;
  position.key = order == RunOrder::kDuration ? fmt::format("{}", row.Real(1)) : row.Text(1);
  return position;
}

}  // namespace

RunPage ListRuns(const Store& store, const RunListing& listing) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  std::optional<Position> from;
  if (!listing.cursor.empty()) from = ReadCursor(listing);
  RunPage page;
  Position last;
  int looked_through = 0;
  for (const bool with_key : {true, false}) {
    const bool has_keys = listing.order != RunOrder::kId;
    if (with_key && from && has_keys && from->key.empty()) continue;  // those were before
    if (!with_key && !MayBeMissing(listing.order)) continue;
    const bool has_from = from && (!has_keys || with_key != from->key.empty());
    Query row = database.PrepareOnce(SelectOf(listing, with_key, has_from));
    BindFilter(listing.filter, row);
    const std::string pattern = PatternOf(listing.text);
    if (!listing.text.empty()) row.Bind(":text", pattern);
    if (has_from) BindPosition(listing.order, *from, row);
    while (row.Step()) {
      const bool is_tired = !listing.text.empty() && looked_through == kMostLookedThrough;
      if (is_tired || std::ssize(page.runs) == listing.filter.limit) {
        page.next = CursorOf(listing, last);
        return page;
      }
      ++looked_through;
      last = PositionAt(listing.order, row);
      if (row.Int(2) == 1) page.runs.push_back(FindRun(store, RunId{last.id}).value());
    }
  }
  return page;
}

std::int64_t CountListed(const Store& store, const RunListing& listing) {
  Query query = store.impl().database.PrepareOnce("SELECT count(*)" +
                                                  ConditionsOf(listing, LastAttempt::kNo));
  BindFilter(listing.filter, query);
  query.Step();
  return query.Int(0);
}

}  // namespace cellar
