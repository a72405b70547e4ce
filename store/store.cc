#include "store/store.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <utility>

#include "jobs/error.h"
#include "store/database.h"
#include "store/lock_file.h"
#include "store/migrations.h"
#include "store/store_file.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

std::int64_t AskNumber(Database& database, const std::string& pragma) {
  Query query = database.PrepareOnce("PRAGMA " + pragma);
  query.Step();
  return query.Int(0);
}

std::int64_t VersionOf(Database& database) { return AskNumber(database, "user_version"); }

void Migrate(Database& database) {
  const auto migrations = Migrations();
  for (auto next = VersionOf(database); next < std::ssize(migrations); ++next) {
    WriteTransaction transaction(database);
    if (VersionOf(database) != next) continue;  // another process was faster
    database.Execute(migrations[next]);
    database.Execute(fmt::format("PRAGMA user_version = {}", next + 1).c_str());
    transaction.Commit();
  }
}

/// Each step may be the last before a crash, and is done again by the next who opens the store.
/// With its first commit the file says whose it is.
void MakeStore(Database& database) {
  LockFile& lock = database.lock();
  if (!lock.Lock(0, LockFile::Kind::kExclusive, database.patience())) {
    throw Error(ErrorKind::kStore,
                fmt::format("store {}: another Cellar has been making it for {} ms; end that one, "
                            "then try again",
                            database.file().string(), database.patience().count()));
  }
  try {
    if (AskNumber(database, "page_count") > 0 &&
        AskNumber(database, "application_id") != kApplicationId) {
      FailForeign(database.file());
    }
    database.Execute("BEGIN IMMEDIATE");
    // Incremental: deleted runs can give their space back without the file being rewritten.
    database.Execute("PRAGMA auto_vacuum = INCREMENTAL");
    database.Execute(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str());
    database.Execute("COMMIT");
    database.PrepareOnce("PRAGMA journal_mode = WAL").Step();
  } catch (...) {
    lock.Unlock(0);
    throw;
  }
  lock.Unlock(0);
}

void RefuseNewer(Database& database) {
  const std::int64_t version = VersionOf(database);
  if (version <= std::ssize(Migrations())) return;
  throw Error(ErrorKind::kStore,
              fmt::format("store {}: it has version {}, this Cellar knows up to {}; use the newer "
                          "Cellar that made it, or choose another with --store",
                          database.file().string(), version, std::ssize(Migrations())));
}

void RefuseOlder(Database& database) {
  const std::int64_t version = VersionOf(database);
  if (version >= std::ssize(Migrations())) return;
  throw Error(ErrorKind::kStore,
              fmt::format("store {}: it has version {}, this Cellar reads {}; `cellar run` brings "
                          "it up to date",
                          database.file().string(), version, std::ssize(Migrations())));
}

bool IsMissingOrEmpty(const std::string& path) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(path, failure);
  return failure || size == 0;
}

/// A store on a read-only disk or in a folder of others has no place for SQLite's `-shm`. When all
/// is in the file itself it can be read as it is.
bool MustReadAsIs(const std::filesystem::path& file) {
  const std::string path = file.string();
  if (std::filesystem::exists(path + "-shm") || !IsMissingOrEmpty(path + "-wal")) return false;
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  return ::access(folder.c_str(), W_OK) != 0;
}

std::string ImmutableUri(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const unsigned char c : std::filesystem::absolute(file).string()) {
    if (std::isalnum(c) != 0 || c == '/' || c == '.' || c == '-' || c == '_') {
      uri += static_cast<char>(c);
    } else {
      uri += fmt::format("%{:02X}", c);
    }
  }
  return uri + "?immutable=1";
}

std::unique_ptr<Store::Impl> OpenToRead(const std::filesystem::path& file,
                                        std::chrono::milliseconds patience) {
  if (CheckStoreFile(file) == FileState::kEmpty) {
    throw Error(ErrorKind::kStore,
                fmt::format("store {}: it is empty; `cellar run` fills it, --store names "
                            "another",
                            file.string()));
  }
  const bool as_is = MustReadAsIs(file);
  if (!as_is) RequireSpace(file, false);
  auto impl = std::make_unique<Store::Impl>(
      file, StoreMode::kReadOnly, as_is ? ImmutableUri(file) : file.string(),
      SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | (as_is ? SQLITE_OPEN_URI : 0), patience);
  RefuseNewer(impl->database);
  RefuseOlder(impl->database);
  return impl;
}

std::unique_ptr<Store::Impl> OpenToWrite(const std::filesystem::path& file,
                                         std::chrono::milliseconds patience) {
  MakeStoreFile(file);
  const FileState state = CheckStoreFile(file);
  RequireWritable(file);
  RequireSpace(file, true);
  auto impl = std::make_unique<Store::Impl>(file, StoreMode::kReadWrite, file.string(),
                                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, patience);
  if (state != FileState::kReady) MakeStore(impl->database);
  RefuseNewer(impl->database);
  Migrate(impl->database);
  MakeBallast(file);
  return impl;
}

std::string_view WordOf(WorkerKind kind) {
  switch (kind) {
    case WorkerKind::kRun:
      return "run";
    case WorkerKind::kWork:
      return "work";
    case WorkerKind::kServe:
      break;
  }
  return "serve";
}

}  // namespace

Store Store::Open(const std::filesystem::path& file, StoreMode mode,
                  std::chrono::milliseconds patience) {
  return Store(mode == StoreMode::kReadOnly ? OpenToRead(file, patience)
                                            : OpenToWrite(file, patience));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;

Store::~Store() = default;

const std::filesystem::path& Store::file() const { return impl_->file; }

void Store::SetPatience(std::chrono::milliseconds patience) {
  impl_->database.set_patience(patience);
}

WorkerId Store::RegisterWorker(WorkerKind kind) {
  if (impl_->worker) return *impl_->worker;
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  Database& database = impl_->database;
  WriteTransaction transaction(database, Durability::kProcessDeath);
  database
      .Prepare(R"sql(
        INSERT INTO worker (kind, pid, host, started_at)
        VALUES (:kind, :pid, :host, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
      )sql")
      .Bind(":kind", WordOf(kind))
      .Bind(":pid", static_cast<std::int64_t>(::getpid()))
      .Bind(":host", std::string_view(host.data()))
      .Run();
  const WorkerId worker{database.LastInsertId()};
  // Held before the row can be seen: nobody may take a new worker for a dead one.
  if (!impl_->lock.TryLock(worker.value, LockFile::Kind::kExclusive)) {
    throw Error(ErrorKind::kStore,
                fmt::format("store {0}: byte {1} of {0}.lock is locked by a stranger; end it "
                            "(`fuser {0}.lock` names it), then try again",
                            impl_->file.string(), worker.value));
  }
  transaction.Commit();
  impl_->worker = worker;
  return worker;
}

bool Store::IsAlive(WorkerId worker) const {
  return impl_->worker == worker || impl_->lock.IsHeldByAnother(worker.value);
}

void Store::FreeBallast() { cellar::FreeBallast(impl_->file); }

}  // namespace cellar
