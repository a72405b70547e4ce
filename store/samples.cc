#include "store/samples.h"

#include "store/store_impl.h"
#include "store/stored_values.h"

namespace cellar {

void ReadSamples(const Store& store, const std::string& job, std::optional<TimePoint> since,
                 const std::function<void(const RunSample&)>& take) {
  Database& database = store.impl().database;
  // CROSS JOIN: in this order, each by an index, and so already sorted.
  Query query = database.Prepare(R"sql(
    SELECT run.id, run.state, attempt.duration_ms, cell.cell_index, cell.name, cell.kind,
           cell.state, cell.duration_ms
    FROM run CROSS JOIN attempt ON attempt.run_id = run.id AND attempt.number = run.attempt
             CROSS JOIN cell ON cell.attempt_id = attempt.id
    WHERE run.job = :job AND run.finished_at IS NOT NULL AND run.submitted_at >= :since
    ORDER BY run.id, cell.cell_index
  )sql");
  query.Bind(":job", job).Bind(":since", since ? ToMillis(*since) : std::int64_t{0});
  RunSample sample;
  while (query.Step()) {
    const RunId run{query.Int(0)};
    if (run != sample.run) {
      if (!sample.cells.empty()) take(sample);
      sample.cells.clear();
      sample.run = run;
      sample.state = WordAt(database, query, 1, ParseRunState);
      sample.duration = MillisOrNull(query, 2);
    }
    sample.cells.push_back({static_cast<int>(query.Int(3)), query.Text(4),
                            WordAt(database, query, 5, ParseCellKind),
                            WordAt(database, query, 6, ParseCellState), MillisOrNull(query, 7)});
  }
  if (!sample.cells.empty()) take(sample);
}

}  // namespace cellar
