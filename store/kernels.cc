// Kernels that are ours, from before their creation until they are known to be gone.
#include <fmt/format.h>

#include "jobs/error.h"
#include "store/store.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

/// A transition: says which states it leaves, and that it changed exactly one row. Not fsynced:
/// where power loss undoes it, the kernel is found by its tag, or found to be gone.
void Change(Database& database, Query& update, KernelRowId row) {
  WriteTransaction transaction(database, Durability::kProcessDeath);
  if (update.Bind(":row", row.value).Run() != 1) {
    throw Error(ErrorKind::kStore,
                fmt::format("store {}: kernel {} is not there in a state that allows this change; "
                            "another Cellar has taken care of it",
                            database.file().string(), row.value));
  }
  transaction.Commit();
}

}  // namespace

KernelRowId Store::RecordKernelIntent(const KernelRecord& kernel,
                                      std::optional<AttemptId> attempt) {
  const WorkerId worker = RegisterWorker();
  Database& database = impl_->database;
  WriteTransaction transaction(database);
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

void Store::RecordKernelStarted(KernelRowId row, const std::string& kernel_id,
                                const std::string& session_id) {
  Query update = impl_->database.Prepare(R"sql(
    UPDATE kernel SET state = 'started', kernel_id = :kernel, session_id = :session
    WHERE id = :row AND state = 'intended'
  )sql");
  Change(impl_->database, update.Bind(":kernel", kernel_id).Bind(":session", session_id), row);
}

void Store::RecordKernelReleasing(KernelRowId row) {
  Query update = impl_->database.Prepare(
      "UPDATE kernel SET state = 'releasing' WHERE id = :row AND state <> 'gone'");
  Change(impl_->database, update, row);
}

void Store::RecordKernelGone(KernelRowId row) {
  Query update = impl_->database.Prepare("UPDATE kernel SET state = 'gone' WHERE id = :row");
  Change(impl_->database, update, row);
}

std::vector<KernelRecord> Store::LeftoverKernels() const {
  std::vector<KernelRecord> kernels;
  Query query = impl_->database.Prepare(R"sql(
    SELECT kernel.worker_id, kernel.id, kernel.gateway, kernel.url, kernel.tag, kernel.kernelspec,
           kernel.kernel_id, kernel.session_id, attempt.run_id, kernel.created_at
    FROM kernel LEFT JOIN attempt ON attempt.id = kernel.attempt_id
    WHERE kernel.state <> 'gone' ORDER BY kernel.id
  )sql");
  while (query.Step()) {
    if (IsAlive(WorkerId{query.Int(0)})) continue;
    KernelRecord kernel;
    kernel.row = KernelRowId{query.Int(1)};
    kernel.gateway = query.Text(2);
    kernel.url = query.Text(3);
    kernel.tag = query.Text(4);
    kernel.kernelspec = query.Text(5);
    kernel.kernel_id = query.Text(6);
    kernel.session_id = query.Text(7);
    if (const auto run = query.IntOrNull(8)) kernel.run = RunId{*run};
    kernel.created_at = FromMillis(query.Int(9));
    kernels.push_back(std::move(kernel));
  }
  return kernels;
}

}  // namespace cellar
