#include "store/database.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "jobs/error.h"

namespace cellar {
namespace {

// Past this size of the WAL (in pages of 4 KiB) a commit is followed by a checkpoint.
constexpr int kWalPages = 2048;

bool IsDiskFull(int code, int extended) {
  return code == SQLITE_FULL || extended == SQLITE_IOERR_WRITE || extended == SQLITE_IOERR_SHMSIZE;
}

}  // namespace

Query::Query(Database& database, const char* kept, std::unique_ptr<SQLite::Statement> statement)
    : database_(&database), kept_(kept), statement_(std::move(statement)) {}

Query::~Query() {
  if (statement_ == nullptr || kept_ == nullptr) return;
  statement_->tryReset();
  statement_->clearBindings();
  database_->kept_[kept_] = std::move(statement_);
}

template <typename T>
Query& Query::BindValue(const char* name, const T& value) {
  try {
    statement_->bind(name, value);
  } catch (const SQLite::Exception& failure) {
    database_->Fail(failure);
  }
  return *this;
}

Query& Query::Bind(const char* name, std::int64_t value) { return BindValue(name, value); }

Query& Query::Bind(const char* name, double value) { return BindValue(name, value); }

Query& Query::Bind(const char* name, std::string_view value) {
  return BindValue(name, std::string(value));
}

Query& Query::BindBlob(const char* name, std::string_view value) {
  try {
    // An empty view may have a null address, which SQLite would take for NULL.
    const void* data = value.empty() ? "" : static_cast<const void*>(value.data());
    statement_->bindNoCopy(name, data, static_cast<int>(value.size()));
  } catch (const SQLite::Exception& failure) {
    database_->Fail(failure);
  }
  return *this;
}

Query& Query::BindNull(const char* name) {
  statement_->bind(name);
  return *this;
}

bool Query::Step() {
  try {
    return statement_->executeStep();
  } catch (const SQLite::Exception& failure) {
    statement_->tryReset();
    database_->Fail(failure);
  }
}

int Query::Run() {
  Step();
  const int changes = statement_->getChanges();
  Reset();
  return changes;
}

void Query::Reset() { statement_->tryReset(); }

bool Query::IsNull(int column) const { return statement_->isColumnNull(column); }

std::int64_t Query::Int(int column) const { return statement_->getColumn(column).getInt64(); }

double Query::Real(int column) const { return statement_->getColumn(column).getDouble(); }

std::string Query::Text(int column) const {
  const SQLite::Column value = statement_->getColumn(column);
  const auto* data = static_cast<const char*>(value.getBlob());
  return data == nullptr ? std::string() : std::string(data, value.getBytes());
}

std::optional<double> Query::RealOrNull(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Real(column));
}

std::optional<std::int64_t> Query::IntOrNull(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Int(column));
}

Database::Database(const std::filesystem::path& file, const std::string& name, int flags,
                   LockFile& lock, std::chrono::milliseconds patience)
    : file_(file), lock_(lock), patience_(patience) {
  try {
    connection_.emplace(name, flags);
    sqlite3_busy_handler(connection_->getHandle(), &Database::AwaitLock, this);
    // SQLite 3.40.1 can lose commits when a checkpoint and a commit that restarts the WAL meet
    // (sqlite.org/wal.html#walresetbug). So SQLite never checkpoints by itself, neither after a
    // commit nor on the last close; Checkpoint() does, while nobody of ours writes.
    connection_->exec("PRAGMA wal_autocheckpoint = 0");
    sqlite3_db_config(connection_->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_wal_hook(connection_->getHandle(), &Database::OnCommit, this);
    connection_->exec("PRAGMA synchronous = FULL");
    connection_->exec("PRAGMA foreign_keys = ON");
    connection_->exec("PRAGMA trusted_schema = OFF");
  } catch (const SQLite::Exception& failure) {
    Fail(failure);
  }
}

int Database::OnCommit(void* self, sqlite3*, const char*, int wal_pages) {
  static_cast<Database*>(self)->wal_pages_ = wal_pages;
  return SQLITE_OK;
}

/// SQLite's busy handler: true asks it to try again. A signal that this process handles ends the
/// waiting, so that a stop is heard; from then on no lock is waited for.
int Database::AwaitLock(void* self, int tries) {
  auto& database = *static_cast<Database*>(self);
  if (database.waited_) return 0;
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) database.waits_since_ = now;
  const auto waited = now - database.waits_since_;
  if (waited >= database.patience_) return 0;
  constexpr int kMostMillis = 50;
  const timespec pause{0, std::min(kMostMillis, tries + 1) * 1'000'000};
  if (nanosleep(&pause, nullptr) == 0) return 1;
  database.waited_ = std::chrono::floor<std::chrono::milliseconds>(waited);
  return 0;
}

Query Database::Prepare(const char* sql) {
  if (auto kept = kept_.find(sql); kept != kept_.end()) {
    std::unique_ptr<SQLite::Statement> statement = std::move(kept->second);
    kept_.erase(kept);
    return Query(*this, sql, std::move(statement));
  }
  try {
    return Query(*this, sql, std::make_unique<SQLite::Statement>(*connection_, sql));
  } catch (const SQLite::Exception& failure) {
    Fail(failure);
  }
}

Query Database::PrepareOnce(const std::string& sql) {
  try {
    return Query(*this, nullptr, std::make_unique<SQLite::Statement>(*connection_, sql));
  } catch (const SQLite::Exception& failure) {
    Fail(failure);
  }
}

void Database::Execute(const char* sql) {
  try {
    connection_->exec(sql);
  } catch (const SQLite::Exception& failure) {
    Fail(failure);
  }
}

std::int64_t Database::LastInsertId() const { return connection_->getLastInsertRowid(); }

void Database::Checkpoint(bool shrink) {
  if (!lock_.TryLock(0, LockFile::Kind::kExclusive)) return;
  sqlite3* handle = connection_->getHandle();
  // FULL and TRUNCATE take SQLite's own write lock first, which keeps other programs' commits out.
  // No patience: readers are not waited for, the next checkpoint gets the rest.
  sqlite3_busy_handler(handle, nullptr, nullptr);
  const int mode = shrink ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_FULL;
  sqlite3_wal_checkpoint_v2(handle, nullptr, mode, nullptr, nullptr);
  sqlite3_busy_handler(handle, &Database::AwaitLock, this);
  lock_.Unlock(0);
}

void Database::BoundWal() {
  if (wal_pages_ > kWalPages) Checkpoint(false);
}

void Database::Fail(const SQLite::Exception& failure) const {
  const int code = failure.getErrorCode() & 0xff;
  const std::string file = file_.string();
  const char* text = failure.what();
  if (IsDiskFull(code, failure.getExtendedErrorCode())) {
    throw Error(ErrorKind::kStoreFull,
                fmt::format("store {}: no space left ({}); free some on its disk, then try again",
                            file, text));
  }
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      FailLocked();
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      FailDamaged(text);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      throw Error(ErrorKind::kStore,
                  fmt::format("store {}: it cannot be opened or written ({}); give access to the "
                              "file and its folder, or choose another with --store",
                              file, text));
    default:
      throw Error(ErrorKind::kStore,
                  fmt::format("store {}: SQLite says: {}; check its disk and `sqlite3 {} "
                              "'PRAGMA integrity_check'`",
                              file, text, file));
  }
}

void Database::FailLocked() const {
  throw Error(
      ErrorKind::kStore,
      fmt::format("store {0}: another program has kept it locked for {1}; wait for that "
                  "program or end it (`fuser {0}` names it), then try again",
                  file_.string(), std::chrono::duration<double>(waited_.value_or(patience_))));
}

void Database::FailDamaged(std::string_view what) const {
  throw Error(ErrorKind::kStore,
              fmt::format("store {0}: it is damaged ({1}); save what can be read with "
                          "`sqlite3 {0} .recover`, then move it away to begin a new one",
                          file_.string(), what));
}

}  // namespace cellar
