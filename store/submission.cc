#include "store/submission.h"

#include <algorithm>
#include <utility>

#include "store/bell.h"
#include "store/insert_runs.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {

RunId Store::AddRun(const NewRun& run, TimePoint now) {
  return AddRuns(*this, {run}, now).front().run;
}

std::vector<Submission> AddRuns(Store& store, std::vector<NewRun> runs, TimePoint now) {
  const bool keeps_some =
      std::any_of(runs.begin(), runs.end(), [](const NewRun& run) { return run.foreground; });
  if (keeps_some) store.RegisterWorker();
  auto at = runs.begin();
  const auto next = [&] {
    return at == runs.end() ? std::nullopt : std::optional(std::move(*at++));
  };
  return AddRuns(store, next, now);
}

std::vector<Submission> AddRuns(Store& store, const std::function<std::optional<NewRun>()>& next,
                                TimePoint now) {
  WriteTransaction transaction(store.impl().database);
  std::vector<Submission> submissions = InsertRuns(store, next, now);
  transaction.Commit();
  Ring(store);
  store.impl().database.BoundWal();
  return submissions;
}

GroupId NewGroup(Store& store, const std::string& name, TimePoint now) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database, Durability::kProcessDeath);
  database.Prepare("INSERT INTO run_group (name, created_at) VALUES (:name, :now)")
      .Bind(":name", name)
      .Bind(":now", ToMillis(now))
      .Run();
  const GroupId group{database.LastInsertId()};
  transaction.Commit();
  return group;
}

}  // namespace cellar
