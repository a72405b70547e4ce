#include "store/submission.h"

#include <algorithm>
#include <utility>

#include "store/bell.h"
#include "store/insert_runs.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

GroupId InsertGroup(Database& database, const std::string& name, TimePoint now) {
  database.Prepare("INSERT INTO run_group (name, created_at) VALUES (:name, :now)")
      .Bind(":name", name)
      .Bind(":now", ToMillis(now))
      .Run();
  return GroupId{database.LastInsertId()};
}

/// `group`: the name of the one that they are; nullopt: they are none.
std::vector<Submission> AddAll(Store& store, const std::optional<std::string>& group,
                               const std::function<std::optional<NewRun>()>& next, TimePoint now) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  const auto id = group ? std::optional(InsertGroup(database, *group, now)) : std::nullopt;
  std::vector<Submission> submissions = InsertRuns(store, next, now, id);
  transaction.Commit();
  Ring(store);
  database.BoundWal();
  return submissions;
}

}  // namespace

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
  return AddAll(store, std::nullopt, next, now);
}

std::vector<Submission> AddGroup(Store& store, const std::string& name,
                                 const std::function<std::optional<NewRun>()>& next,
                                 TimePoint now) {
  return AddAll(store, name, next, now);
}

}  // namespace cellar
