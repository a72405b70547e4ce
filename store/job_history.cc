#include "store/job_history.h"

#include <algorithm>

#include "store/like_pattern.h"
#include "store/store_impl.h"
#include "store/stored_values.h"
#include "store/transaction.h"

namespace cellar {
namespace {

/// Newest first.
std::vector<RunBrief> LastRuns(Database& database, const std::string& job, int limit) {
  std::vector<RunBrief> runs;
  Query row = database.Prepare(R"sql(
    SELECT run.id, run.state, run.reason, run.message, run.submitted_at, attempt.queue_ms,
           attempt.kernel_start_ms, attempt.duration_ms
    FROM run INDEXED BY run_by_job
         LEFT JOIN attempt ON attempt.run_id = run.id AND attempt.number = run.attempt
    WHERE run.job = :job ORDER BY run.id DESC LIMIT :limit
  )sql");
  row.Bind(":job", job).Bind(":limit", std::int64_t{limit});
  while (row.Step()) {
    RunBrief& run = runs.emplace_back();
    run.id = RunId{row.Int(0)};
    run.state = WordAt(database, row, 1, ParseRunState);
    if (!row.IsNull(2)) run.reason = WordAt(database, row, 2, ParseRunReason);
    run.message = row.Text(3);
    run.submitted_at = FromMillis(row.Int(4));
    run.queue = MillisOrNull(row, 5);
    run.kernel_start = MillisOrNull(row, 6);
    run.duration = MillisOrNull(row, 7);
  }
  return runs;
}

std::vector<CellTiming> TimingsOf(Database& database, const std::vector<RunBrief>& runs) {
  std::vector<CellTiming> cells;
  Query row = database.Prepare(R"sql(
    SELECT cell.cell_index, cell.name, cell.kind, cell.state, cell.started_at, cell.duration_ms
    FROM run JOIN attempt ON attempt.run_id = run.id AND attempt.number = run.attempt
             JOIN cell ON cell.attempt_id = attempt.id
    WHERE run.id = :run ORDER BY cell.cell_index
  )sql");
  for (const RunBrief& run : runs) {
    row.Bind(":run", run.id.value);
    while (row.Step()) {
      CellTiming& cell = cells.emplace_back();
      cell.run = run.id;
      cell.index = static_cast<int>(row.Int(0));
      cell.name = row.Text(1);
      cell.kind = WordAt(database, row, 2, ParseCellKind);
      cell.state = WordAt(database, row, 3, ParseCellState);
      cell.has_begun = !row.IsNull(4);
      cell.duration = MillisOrNull(row, 5);
    }
    row.Reset();
  }
  return cells;
}

std::optional<FirstBadRun> FirstBadOf(Database& database, const std::string& job) {
  Query row = database.Prepare(R"sql(
    WITH good AS (SELECT max(id) AS id FROM run INDEXED BY run_by_job_state
                  WHERE job = :job AND state = 'succeeded')
    SELECT (SELECT id FROM good), min(id), count(*) FROM run INDEXED BY run_by_job_state
    WHERE job = :job AND state = 'failed' AND id > coalesce((SELECT id FROM good), 0)
  )sql");
  row.Bind(":job", job).Step();
  if (row.IsNull(1)) return std::nullopt;
  FirstBadRun bad{RunId{row.Int(1)}, std::nullopt, row.Int(2)};
  if (!row.IsNull(0)) bad.last_good = RunId{row.Int(0)};
  return bad;
}

}  // namespace

JobPage ListJobs(const Store& store, const JobListing& listing) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  JobPage page;
  Query row = database.Prepare(R"sql(
    SELECT job, count(*) FROM run INDEXED BY run_by_job
    WHERE job > :after AND job LIKE :text ESCAPE '\'
    GROUP BY job ORDER BY job LIMIT :limit + 1
  )sql");
  row.Bind(":after", listing.after).Bind(":text", PatternOf(listing.text));
  row.Bind(":limit", std::int64_t{listing.limit});
  while (row.Step()) {
    if (std::ssize(page.jobs) == listing.limit) {
      page.next = page.jobs.back().name;
      break;
    }
    const std::string name = row.Text(0);
    page.jobs.push_back({name, row.Int(1), LastRuns(database, name, listing.last)});
  }
  return page;
}

JobHistory FindJobHistory(const Store& store, const std::string& job, int limit) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  JobHistory history;
  Query count = database.Prepare("SELECT count(*) FROM run INDEXED BY run_by_job WHERE job = :job");
  count.Bind(":job", job).Step();
  history.total = count.Int(0);
  history.runs = LastRuns(database, job, limit);
  std::reverse(history.runs.begin(), history.runs.end());
  history.cells = TimingsOf(database, history.runs);
  history.first_bad = FirstBadOf(database, job);
  return history;
}

}  // namespace cellar
