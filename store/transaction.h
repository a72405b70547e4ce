// Several statements as one: to read at one moment, or to write all or nothing.
#pragma once

#include "store/database.h"

namespace cellar {

/// Whether a commit must survive the loss of power, or only that of the process: the latter costs
/// no fsync, and is fsynced with the next commit that asks for it.
enum class Durability { kPowerLoss, kProcessDeath };

/// BEGIN IMMEDIATE to COMMIT, with a shared hold on byte 0 of the lock file, so that no checkpoint
/// runs meanwhile. Rolled back when it is destroyed before Commit.
class WriteTransaction {
 public:
  explicit WriteTransaction(Database& database, Durability durability = Durability::kPowerLoss);
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  ~WriteTransaction();

  void Commit();

 private:
  void LetGo() noexcept;

  Database& database_;
  Durability durability_;
  bool committed_ = false;
};

/// Several statements that see the store at one moment.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& database);
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  ~ReadTransaction();

 private:
  Database& database_;
};

}  // namespace cellar
