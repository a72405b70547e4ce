// One connection to the store's file: prepared statements, checkpoints, and SQLite's failures as
// our Error. Knows no table. Transactions: store/transaction.h.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/lock_file.h"

namespace cellar {

class Database;

/// A prepared statement in use. It goes back to its database's cache when it is destroyed.
/// Parameters are named, columns are counted from 0 in the order of the SELECT.
class Query {
 public:
  /// `kept`: the SQL's address when it is a literal that is to be prepared once, else null.
  Query(Database& database, const char* kept, std::unique_ptr<SQLite::Statement> statement);
  Query(Query&&) = default;
  ~Query();

  Query& Bind(const char* name, std::int64_t value);
  Query& Bind(const char* name, double value);
  Query& Bind(const char* name, std::string_view value);
  /// The bytes must stay until the statement has run.
  Query& BindBlob(const char* name, std::string_view value);
  Query& BindNull(const char* name);
  template <typename T>
  Query& Bind(const char* name, const std::optional<T>& value) {
    return value ? Bind(name, *value) : BindNull(name);
  }

  /// True while there is a row.
  bool Step();
  /// For statements without rows. Returns how many rows it changed.
  int Run();
  /// Ends its reading and makes it ready for other values; those bound stay until replaced.
  void Reset();

  bool IsNull(int column) const;
  std::int64_t Int(int column) const;
  double Real(int column) const;
  /// Of text and blobs alike, NUL bytes included.
  std::string Text(int column) const;
  std::optional<double> RealOrNull(int column) const;
  std::optional<std::int64_t> IntOrNull(int column) const;

 private:
  template <typename T>
  Query& BindValue(const char* name, const T& value);

  Database* database_;
  const char* kept_;
  std::unique_ptr<SQLite::Statement> statement_;
};

class Database {
 public:
  /// `name` is a path or a `file:` URI of `file`, `flags` are SQLite's for opening.
  Database(const std::filesystem::path& file, const std::string& name, int flags, LockFile& lock,
           std::chrono::milliseconds patience);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// `sql` must be a literal: its address finds the prepared statement again.
  Query Prepare(const char* sql);
  /// For SQL that is put together.
  Query PrepareOnce(const std::string& sql);
  /// Any number of statements without parameters.
  void Execute(const char* sql);

  std::int64_t LastInsertId() const;
  const std::filesystem::path& file() const { return file_; }
  std::chrono::milliseconds patience() const { return patience_; }
  void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }
  LockFile& lock() const { return lock_; }

  /// Copies the WAL into the file, unless somebody writes or checkpoints at this moment: then
  /// they, or a later call, do. `shrink`: leaves an empty WAL. Never throws: what was committed is
  /// safe in the WAL.
  void Checkpoint(bool shrink);
  /// Checkpoints when the WAL has grown large.
  void BoundWal();

  [[noreturn]] void Fail(const SQLite::Exception& failure) const;
  [[noreturn]] void FailLocked() const;
  /// For what SQLite read well and cannot have been written by us. `what`: "a stored …".
  [[noreturn]] void FailDamaged(std::string_view what) const;

 private:
  friend class Query;
  static int OnCommit(void* self, sqlite3*, const char* schema, int wal_pages);
  static int AwaitLock(void* self, int tries);

  std::filesystem::path file_;
  LockFile& lock_;
  std::chrono::milliseconds patience_;
  std::chrono::steady_clock::time_point waits_since_;  // of the last lock that was waited for
  std::optional<std::chrono::milliseconds> waited_;    // until a signal ended it
  std::optional<SQLite::Database> connection_;
  std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> kept_;
  int wal_pages_ = 0;
};

}  // namespace cellar
