#include "store/insert_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "jobs/error.h"
#include "store/contents.h"
#include "store/definition.h"
#include "store/overlap.h"
#include "store/run_ends.h"
#include "store/store_impl.h"
#include "store/stored_values.h"

namespace cellar {
namespace {

RunId LastRunOfAll(Database& database) {
  Query query = database.Prepare("SELECT coalesce(max(id), 0) FROM run");
  query.Step();
  return RunId{query.Int(0)};
}

std::string ListOf(const std::vector<std::string>& texts) {
  return texts.empty() ? "[]" : nlohmann::json(texts).dump();
}

template <typename T>
std::optional<T> IfAny(const T& value) {
  return value.empty() ? std::nullopt : std::optional(value);
}

class Insertion {
 public:
  Insertion(Store& store, TimePoint now, std::optional<GroupId> group)
      : database_(store.impl().database),
        worker_(store.impl().worker),
        now_(now),
        group_(group),
        overlaps_(database_, LastRunOfAll(database_), now) {}

  Submission Insert(NewRun run) {
    if (std::optional<Submission> present = FindByKey(run.key)) return *present;
    const std::string parameters = TakeValues(&run.job);
    if (!definition_ || run.job != definition_->job) {
      definition_ = {StoreContent(database_, DefinitionText(run.job)), std::move(run.job)};
    }
    Submission submission;
    submission.run = InsertRow(run, parameters);
    InsertTags(submission.run);
    // One that cannot start makes no room for itself.
    if (!Depend(run.after, &submission)) Admit(run.due, &submission);
    return submission;
  }

 private:
  std::optional<Submission> FindByKey(const std::string& key) {
    if (key.empty()) return std::nullopt;
    Query query = database_.Prepare("SELECT id, state, reason FROM run WHERE key = :key");
    if (!query.Bind(":key", key).Step()) return std::nullopt;
    Submission present{RunId{query.Int(0)}, false, WordAt(database_, query, 1, ParseRunState), {}};
    if (!query.IsNull(2)) present.reason = WordAt(database_, query, 2, ParseRunReason);
    return present;
  }

  RunId InsertRow(const NewRun& run, const std::string& parameters) {
    const Job& job = definition_->job;
    Query insert = database_.Prepare(R"sql(
      INSERT INTO run (job, state, submitted_at, gateway, kernelspec, language, requires, job_file,
                       job_sha256, definition_id, tags, parameters, priority, due_at, not_before,
                       ready_at, key, group_id, concurrency_key, concurrency_limit, reserved_by)
      VALUES (:job, 'queued', :now, :gateway, :kernelspec, :language, :requires, :job_file,
              :job_sha256, :definition, :tags, :parameters, :priority, :due, :due,
              max(:now, coalesce(:due, 0)), :key, :group, :concurrency_key, :concurrency_limit,
              :reserved_by)
    )sql");
    insert.Bind(":job", job.name)
        .Bind(":gateway", job.gateway)
        .Bind(":kernelspec", job.kernel)
        .Bind(":language", job.language)
        .Bind(":requires", ListOf(job.requires_labels))
        .Bind(":tags", ListOf(job.tags))
        .Bind(":definition", definition_->content);
    BindConcurrency(job, insert);
    insert.Bind(":now", ToMillis(now_))
        .Bind(":job_file", run.job_file)
        .Bind(":job_sha256", run.job_sha256)
        .Bind(":parameters", parameters)
        .Bind(":priority", std::int64_t{run.priority})
        .Bind(":due", run.due ? std::optional(ToMillis(*run.due)) : std::nullopt)
        .Bind(":key", IfAny(run.key))
        .Bind(":group", group_ ? std::optional(group_->value) : std::nullopt)
        .Bind(":reserved_by", run.foreground ? std::optional(worker_.value().value) : std::nullopt)
        .Run();
    return RunId{database_.LastInsertId()};
  }

  void InsertTags(RunId run) {
    for (const std::string& tag : definition_->job.tags) {
      database_.Prepare("INSERT OR IGNORE INTO run_tag (tag, run_id) VALUES (:tag, :run)")
          .Bind(":tag", tag)
          .Bind(":run", run.value)
          .Run();
    }
  }

  /// One without a limit of its own is seen all the same by those of its job that have one.
  static void BindConcurrency(const Job& job, Query& insert) {
    const Concurrency concurrency =
        job.concurrency.value_or(Concurrency{job.name, kNoConcurrencyLimit, {}});
    insert.Bind(":concurrency_key", concurrency.key)
        .Bind(":concurrency_limit", std::int64_t{concurrency.limit});
  }

  /// True: one of them has ended otherwise, and so has the run.
  bool Depend(const std::vector<RunId>& after, Submission* submission) {
    std::optional<RunId> failed;
    for (const RunId other : after) {
      const RunState state = StateOf(other);
      if (IsEnded(state) && state != RunState::kSucceeded && !failed) failed = other;
      AddDependency(submission->run, other);
    }
    if (after.empty()) return false;
    CountDependencies(database_, submission->run);
    if (!failed) return false;
    End(RunReason::kDependency, EndOf(database_, *failed), submission);
    return true;
  }

  RunState StateOf(RunId run) {
    Query query = database_.Prepare("SELECT state FROM run WHERE id = :run");
    if (query.Bind(":run", run.value).Step()) return WordAt(database_, query, 0, ParseRunState);
    throw Error(ErrorKind::kUsage,
                fmt::format("--after {}: store {} has no such run; nothing was submitted, "
                            "`cellar runs` lists those it has",
                            run.value, database_.file().string()));
  }

  void AddDependency(RunId run, RunId on) {
    database_.Prepare("INSERT OR IGNORE INTO dependency (run_id, on_run_id) VALUES (:run, :on)")
        .Bind(":run", run.value)
        .Bind(":on", on.value)
        .Run();
  }

  void Admit(std::optional<TimePoint> due, Submission* submission) {
    const std::optional<Concurrency>& concurrency = definition_->job.concurrency;
    if (!concurrency || (due && *due > now_)) return;
    const std::optional<std::string> obstacle = overlaps_.Admit(*concurrency);
    if (obstacle) End(RunReason::kOverlap, *obstacle, submission);
  }

  void End(RunReason reason, const std::string& message, Submission* submission) {
    CancelQueued(database_, submission->run, reason, message, now_);
    submission->state = RunState::kCancelled;
    submission->reason = reason;
  }

  /// Of the run before: most of a sweep's are the same but for their values.
  struct LastDefinition {
    std::int64_t content;
    Job job;
  };

  Database& database_;
  std::optional<WorkerId> worker_;
  TimePoint now_;
  std::optional<GroupId> group_;
  Overlaps overlaps_;
  std::optional<LastDefinition> definition_;
};

}  // namespace

std::vector<Submission> InsertRuns(Store& store, const std::function<std::optional<NewRun>()>& next,
                                   TimePoint now, std::optional<GroupId> group) {
  Insertion insertion(store, now, group);
  std::vector<Submission> submissions;
  while (std::optional<NewRun> run = next()) {
    submissions.push_back(insertion.Insert(*std::move(run)));
  }
  return submissions;
}

}  // namespace cellar
