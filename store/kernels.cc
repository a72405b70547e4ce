// Kernels that are ours, from before their creation until they are known to be gone.
#include "store/kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "jobs/error.h"
#include "store/claim.h"
#include "store/store.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

/// Nobody changes the kernel of another worker that lives: that has taken it over.
bool IsAnothers(const Store& store, KernelRowId row) {
  Query query = store.impl().database.Prepare("SELECT worker_id FROM kernel WHERE id = :row");
  if (!query.Bind(":row", row.value).Step()) return false;
  const WorkerId worker{query.Int(0)};
  return store.impl().worker != worker && store.IsAlive(worker);
}

/// A transition: says which states it leaves, and that it changed exactly one row. Not fsynced:
/// where power loss undoes it, the kernel is found by its tag, or found to be gone.
void ChangeKernel(const Store& store, Query& update, KernelRowId row) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database, Durability::kProcessDeath);
  if (IsAnothers(store, row) || update.Bind(":row", row.value).Run() != 1) {
    throw Error(ErrorKind::kStore,
                fmt::format("store {}: kernel {} is not there in a state that allows this change; "
                            "another Cellar has taken care of it",
                            database.file().string(), row.value));
  }
  transaction.Commit();
}

constexpr std::array<std::string_view, 4> kWords{"intended", "started", "releasing", "gone"};

KernelState StateAt(const Database& database, const Query& row, int column) {
  const auto found = std::find(kWords.begin(), kWords.end(), row.Text(column));
  if (found == kWords.end()) database.FailDamaged("unknown state of a kernel");
  return static_cast<KernelState>(found - kWords.begin());
}

KernelRecord ReadKernel(const Store& store, const Query& row) {
  KernelRecord kernel;
  kernel.row = KernelRowId{row.Int(0)};
  kernel.is_owned = store.IsAlive(WorkerId{row.Int(1)});
  kernel.state = StateAt(store.impl().database, row, 2);
  kernel.gateway = row.Text(3);
  kernel.url = row.Text(4);
  kernel.tag = row.Text(5);
  kernel.kernelspec = row.Text(6);
  kernel.kernel_id = row.Text(7);
  kernel.session_id = row.Text(8);
  kernel.process_session = row.Text(9);
  if (const auto run = row.IntOrNull(10)) kernel.run = RunId{*run};
  kernel.is_in_use = row.Int(11) == 1;
  kernel.created_at = FromMillis(row.Int(12));
  return kernel;
}

}  // namespace

KernelRowId Store::RecordKernelIntent(const KernelRecord& kernel,
                                      std::optional<AttemptId> attempt) {
  const WorkerId worker = RegisterWorker();
  Database& database = impl_->database;
  WriteTransaction transaction(database);
  if (attempt) RequireClaim(database, *attempt, worker);
  database
      .Prepare(R"sql(
        INSERT INTO kernel (worker_id, attempt_id, state, gateway, url, tag, kernelspec, created_at)
        VALUES (:worker, :attempt, 'intended', :gateway, :url, :tag, :kernelspec, :created_at)
      )sql")
      .Bind(":worker", worker.value)
      .Bind(":attempt", attempt ? std::optional(attempt->value) : std::nullopt)
      .Bind(":gateway", kernel.gateway)
      .Bind(":url", kernel.url)
      .Bind(":tag", kernel.tag)
      .Bind(":kernelspec", kernel.kernelspec)
      .Bind(":created_at", ToMillis(kernel.created_at))
      .Run();
  const KernelRowId row{database.LastInsertId()};
  transaction.Commit();
  return row;
}

void Store::RecordKernelAsked(KernelRowId row, TimePoint now) {
  Query update = impl_->database.Prepare(
      "UPDATE kernel SET created_at = :now WHERE id = :row AND state = 'intended'");
  ChangeKernel(*this, update.Bind(":now", ToMillis(now)), row);
}

void Store::RecordKernelStarted(KernelRowId row, const std::string& kernel_id,
                                const std::string& session_id) {
  Query update = impl_->database.Prepare(R"sql(
    UPDATE kernel SET state = 'started', kernel_id = :kernel, session_id = :session
    WHERE id = :row AND state = 'intended'
  )sql");
  ChangeKernel(*this, update.Bind(":kernel", kernel_id).Bind(":session", session_id), row);
}

void Store::RecordKernelReleasing(KernelRowId row) {
  Query update = impl_->database.Prepare(
      "UPDATE kernel SET state = 'releasing' WHERE id = :row AND state <> 'gone'");
  ChangeKernel(*this, update, row);
}

void Store::RecordKernelGone(KernelRowId row) {
  Query update = impl_->database.Prepare("UPDATE kernel SET state = 'gone' WHERE id = :row");
  ChangeKernel(*this, update, row);
}

void Store::AssignKernel(KernelRowId row, AttemptId attempt) {
  const WorkerId worker = RegisterWorker();
  RequireClaim(impl_->database, attempt, worker);
  Query update = impl_->database.Prepare(R"sql(
    UPDATE kernel SET attempt_id = :attempt
    WHERE id = :row AND state = 'started' AND attempt_id IS NULL AND worker_id = :worker
      AND EXISTS (SELECT 1 FROM attempt
                  WHERE id = :attempt AND state = 'running' AND worker_id = :worker)
  )sql");
  ChangeKernel(*this, update.Bind(":attempt", attempt.value).Bind(":worker", worker.value), row);
}

void Store::RecordKernelProcess(KernelRowId row, const std::string& process_session) {
  Query update = impl_->database.Prepare(
      "UPDATE kernel SET process_session = :session WHERE id = :row AND state <> 'gone'");
  ChangeKernel(*this, update.Bind(":session", process_session), row);
}

std::vector<KernelRecord> Store::LeftoverKernels() const {
  std::vector<KernelRecord> kernels = Kernels();
  std::erase_if(kernels,
                [](const KernelRecord& kernel) { return kernel.is_owned || kernel.is_in_use; });
  return kernels;
}

std::vector<KernelRecord> Store::Kernels() const { return FindKernels(*this, std::nullopt); }

std::vector<KernelRecord> FindKernels(const Store& store, std::optional<AttemptId> attempt) {
  std::vector<KernelRecord> kernels;
  Query query = store.impl().database.Prepare(R"sql(
    SELECT kernel.id, kernel.worker_id, kernel.state, kernel.gateway, kernel.url, kernel.tag,
           kernel.kernelspec, kernel.kernel_id, kernel.session_id, kernel.process_session,
           attempt.run_id, coalesce(attempt.state = 'running', 0), kernel.created_at
    FROM kernel LEFT JOIN attempt ON attempt.id = kernel.attempt_id
    WHERE kernel.state <> 'gone' AND (:attempt IS NULL OR kernel.attempt_id = :attempt)
    ORDER BY kernel.id
  )sql");
  query.Bind(":attempt", attempt ? std::optional(attempt->value) : std::nullopt);
  while (query.Step()) kernels.push_back(ReadKernel(store, query));
  return kernels;
}

std::vector<OwnedKernel> FindOwnedKernels(const Store& store) {
  std::vector<OwnedKernel> owned;
  Query query = store.impl().database.Prepare(R"sql(
    SELECT worker.id, worker.pid, worker.host, worker.kind
    FROM kernel JOIN worker ON worker.id = kernel.worker_id WHERE kernel.id = :row
  )sql");
  for (KernelRecord& kernel : store.Kernels()) {
    OwnedKernel one;
    query.Bind(":row", kernel.row.value);
    if (query.Step()) {
      one.worker = WorkerId{query.Int(0)};
      one.worker_name = fmt::format("process {} on {}", query.Int(1), query.Text(2));
      one.is_foreground = query.Text(3) == "run";
    }
    query.Reset();
    one.kernel = std::move(kernel);
    owned.push_back(std::move(one));
  }
  return owned;
}

std::map<std::string, OthersKernels> FindOthersKernels(const Store& store) {
  std::map<std::string, OthersKernels> others;
  std::map<std::pair<std::string, std::int64_t>, int> without_kernel;  // attempts
  Database& database = store.impl().database;
  const std::int64_t self = store.impl().worker.value_or(WorkerId{0}).value;
  Query runs = database.Prepare(R"sql(
    SELECT gateway, worker_id, count(*),
           sum(NOT EXISTS (SELECT 1 FROM kernel WHERE attempt_id = attempt.id))
    FROM attempt INDEXED BY attempt_running
    WHERE state = 'running' AND gateway IS NOT NULL AND worker_id <> :self
    GROUP BY gateway, worker_id
  )sql");
  runs.Bind(":self", self);
  while (runs.Step()) {
    others[runs.Text(0)].of_runs += static_cast<int>(runs.Int(2));
    without_kernel[{runs.Text(0), runs.Int(1)}] = static_cast<int>(runs.Int(3));
  }
  Query warm = database.Prepare(R"sql(
    SELECT gateway, worker_id, count(*) FROM kernel INDEXED BY kernel_left
    WHERE state <> 'gone' AND state <> 'releasing' AND attempt_id IS NULL AND worker_id <> :self
    GROUP BY gateway, worker_id
  )sql");
  warm.Bind(":self", self);
  while (warm.Step()) {
    const WorkerId worker{warm.Int(1)};
    const int count = static_cast<int>(warm.Int(2)) - without_kernel[{warm.Text(0), worker.value}];
    if (count <= 0 || !store.IsAlive(worker)) continue;
    OthersKernels& there = others[warm.Text(0)];
    there.warm += count;
    there.has_warm_of_younger |= worker.value > self;
  }
  return others;
}

std::string_view ToWord(KernelState value) { return kWords[static_cast<std::size_t>(value)]; }

}  // namespace cellar
