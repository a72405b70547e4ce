#include "store/run_selection.h"

#include "store/store_impl.h"

namespace cellar {
namespace {

constexpr const char* kLastAttempt =
    " JOIN attempt ON attempt.run_id = run.id AND attempt.number = run.attempt";

/// Runs are numbered in the order of submission, but for a clock that was set back: the bounds on
/// the number spare reading the runs outside of them, and exclude none that is asked for.
constexpr const char* kSince = R"sql(
  AND run.submitted_at >= :since
  AND run.id >= (SELECT min(bound.id) FROM run AS bound INDEXED BY run_by_submission
                 WHERE bound.submitted_at >= :since)
)sql";
constexpr const char* kUntil = R"sql(
  AND run.submitted_at < :until
  AND run.id <= (SELECT max(bound.id) FROM run AS bound INDEXED BY run_by_submission
                 WHERE bound.submitted_at < :until)
)sql";

}  // namespace

std::string SelectionOf(const RunFilter& filter, LastAttempt attempt) {
  std::string sql =
      filter.tag.empty() ? " FROM run" : " FROM run_tag JOIN run ON run.id = run_tag.run_id";
  if (attempt == LastAttempt::kIfAny) sql += " LEFT";
  if (attempt != LastAttempt::kNo) sql += kLastAttempt;
  sql += " WHERE 1";
  if (!filter.tag.empty()) sql += " AND run_tag.tag = :tag";
  if (!filter.job.empty()) sql += " AND run.job = :job";
  if (filter.state) sql += " AND run.state = :state";
  if (filter.reason) sql += " AND run.reason = :reason";
  if (filter.group) sql += " AND run.group_id = :group";
  if (filter.pinned) sql += " AND run.id IN (SELECT run_id FROM pin)";
  if (filter.since) sql += kSince;
  if (filter.until) sql += kUntil;
  return sql;
}

const char* NumberColumn(const RunFilter& filter) {
  return filter.tag.empty() ? "run.id" : "run_tag.run_id";
}

void BindFilter(const RunFilter& filter, Query& query) {
  if (!filter.tag.empty()) query.Bind(":tag", filter.tag);
  if (!filter.job.empty()) query.Bind(":job", filter.job);
  if (filter.state) query.Bind(":state", ToWord(*filter.state));
  if (filter.reason) query.Bind(":reason", ToWord(*filter.reason));
  if (filter.group) query.Bind(":group", filter.group->value);
  if (filter.since) query.Bind(":since", ToMillis(*filter.since));
  if (filter.until) query.Bind(":until", ToMillis(*filter.until));
}

}  // namespace cellar
