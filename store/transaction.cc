#include "store/transaction.h"

#include "jobs/error.h"

namespace cellar {

WriteTransaction::WriteTransaction(Database& database, Durability durability)
    : database_(database), durability_(durability) {
  if (!database_.lock().Lock(0, LockFile::Kind::kShared, database_.patience())) {
    database_.FailLocked();
  }
  try {
    if (durability_ == Durability::kProcessDeath) database_.Execute("PRAGMA synchronous = NORMAL");
    database_.Execute("BEGIN IMMEDIATE");
  } catch (const Error&) {
    LetGo();
    throw;
  }
}

WriteTransaction::~WriteTransaction() {
  if (!committed_) {
    try {
      database_.Execute("ROLLBACK");
    } catch (const Error&) {  // SQLite has rolled back by itself, as it may on a full disk
    }
  }
  LetGo();
}

void WriteTransaction::Commit() {
  database_.Execute("COMMIT");
  committed_ = true;
}

void WriteTransaction::LetGo() noexcept {
  database_.lock().Unlock(0);
  if (durability_ == Durability::kProcessDeath) {
    database_.Execute("PRAGMA synchronous = FULL");  // needs no disk, cannot fail
  }
}

ReadTransaction::ReadTransaction(Database& database) : database_(database) {
  database_.Execute("BEGIN");
}

ReadTransaction::~ReadTransaction() {
  try {
    database_.Execute("COMMIT");
  } catch (const Error&) {  // nothing was written
  }
}

}  // namespace cellar
