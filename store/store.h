// The store: one SQLite file that says what happened. Opening, submitting, claiming, and who is
// alive. One thread; every failure is an Error (kStore, kStoreFull, kClaimLost) that names the
// file. On disk: the file; SQLite's `-wal` and `-shm` beside it; `.lock`, which says who is alive
// (store/lock_file.h); `.ballast`, 1 MiB that is given back when the disk is full.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jobs/job.h"
#include "store/new_run.h"
#include "store/records.h"

namespace cellar {

class AttemptWriter;

struct Claim {
  AttemptId attempt;
  RunId run;
  int number = 1;  // of the attempt
  Job job;
};

/// Where a run is to go once it is claimed.
struct ClaimPlace {
  std::string gateway;      // empty: nobody knows yet
  std::optional<int> most;  // runs there at once, of all workers; nullopt: no bound
};

/// Where an attempt takes place. Known before its kernel is.
struct AttemptPlace {
  std::string gateway;
  std::string kernelspec;
};

/// `run` in the foreground leaves nothing to others; what `work` and `serve` leave is gone on with.
enum class WorkerKind { kRun, kWork, kServe };

/// Whose attempts.
enum class WorkersOf { kForeground, kQueue, kAll };

enum class StoreMode {
  kReadWrite,  // created, with its folder, when it is not there
  kReadOnly,   // must exist; nothing on disk is changed
};

/// What came from a kernel nobody else can store. A gateway gives up a client after 90 s without an
/// answer to its ping (jupyter-server's ws_ping_interval), and with it what is on its way.
constexpr std::chrono::seconds kWorkerPatience(80);

class Store {
 public:
  /// `patience`: how long another program's lock is waited for, now and at each later write.
  static Store Open(const std::filesystem::path& file, StoreMode mode,
                    std::chrono::milliseconds patience = std::chrono::seconds(5));
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  const std::filesystem::path& file() const;
  void SetPatience(std::chrono::milliseconds patience);

  // --- Workers. A worker is alive as long as the operating system holds its lock: no clock is
  // asked.

  /// Registers this process, once; the lock goes with the process, however it ends.
  WorkerId RegisterWorker(WorkerKind kind = WorkerKind::kRun);
  bool IsAlive(WorkerId worker) const;

  // --- Runs

  /// On disk, fsynced, when it returns. More of one: AddRuns (store/submission.h).
  RunId AddRun(const NewRun& run, TimePoint now);

  /// Takes a queued run for this store's worker in one statement, and begins its next attempt with
  /// every cell `pending`. nullopt: it is not queued (any more), or not due, a run that it depends
  /// on has not succeeded, as many of its concurrency key run as may, its place has no room (any
  /// more), or it is kept for another worker that lives. A run that is kept for this worker is due
  /// at any time. Not fsynced: where power loss undoes it, nothing was sent yet.
  std::optional<Claim> ClaimRun(RunId run, TimePoint now, const ClaimPlace& place = {});

  /// Ends the attempts (and runs) of workers that are dead as `failed (interrupted)`: a cell that
  /// was sent becomes `unknown`, those behind it `not_run`. Returns the runs it ended. What `work`
  /// and `serve` left can be gone on with instead: store/adoption.h.
  std::vector<RunId> EndAttemptsOfDeadWorkers(TimePoint now,
                                              WorkersOf which = WorkersOf::kForeground);

  // --- Kernels that are ours. Recorded before they are used, kept until they are known to be gone.

  /// Before the POST, so that a kernel whose creation was never answered is found by its tag.
  /// Without an attempt: one that was started to look at a gateway.
  KernelRowId RecordKernelIntent(const KernelRecord& kernel, std::optional<AttemptId> attempt);
  /// From now on it may be there: its order had waited for its turn.
  void RecordKernelAsked(KernelRowId row, TimePoint now);
  void RecordKernelStarted(KernelRowId row, const std::string& kernel_id,
                           const std::string& session_id);
  /// Gives a kernel that was started without an attempt to one of this worker's, once.
  void AssignKernel(KernelRowId row, AttemptId attempt);
  /// The header.session of the process that answered.
  void RecordKernelProcess(KernelRowId row, const std::string& process_session);
  /// A DELETE was sent, but not answered yet: the next Cellar checks.
  void RecordKernelReleasing(KernelRowId row);
  void RecordKernelGone(KernelRowId row);
  /// Kernels of dead workers. Not those of attempts that have not ended: they are gone on with
  /// (store/adoption.h), or are left when their attempts have been ended.
  std::vector<KernelRecord> LeftoverKernels() const;
  /// All that are not known to be gone.
  std::vector<KernelRecord> Kernels() const;

  /// Gives back the space kept for the last words of a full disk (see AttemptWriter::End).
  void FreeBallast();

  /// What the reading functions of store/history.h and the writer work on; SQL stays in store/.
  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
