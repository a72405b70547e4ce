#include "store/pins.h"

#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {

std::vector<bool> PinRuns(Store& store, const std::vector<RunId>& runs, TimePoint now) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  std::vector<bool> changed;
  for (const RunId run : runs) {
    changed.push_back(database
                          .Prepare(R"sql(
                            INSERT OR IGNORE INTO pin (run_id, pinned_at)
                            SELECT id, :now FROM run WHERE id = :run
                          )sql")
                          .Bind(":now", ToMillis(now))
                          .Bind(":run", run.value)
                          .Run() == 1);
  }
  transaction.Commit();
  return changed;
}

std::vector<bool> UnpinRuns(Store& store, const std::vector<RunId>& runs) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  std::vector<bool> changed;
  for (const RunId run : runs) {
    changed.push_back(
        database.Prepare("DELETE FROM pin WHERE run_id = :run").Bind(":run", run.value).Run() == 1);
  }
  transaction.Commit();
  return changed;
}

}  // namespace cellar
