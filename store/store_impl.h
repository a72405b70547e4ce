// What a Store consists of. For the files of this folder and their tests only.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "store/database.h"
#include "store/lock_file.h"
#include "store/store.h"

namespace cellar {

struct Store::Impl {
  Impl(const std::filesystem::path& path, StoreMode open_mode, const std::string& name, int flags,
       std::chrono::milliseconds patience)
      : file(path),
        mode(open_mode),
        lock(path, open_mode == StoreMode::kReadWrite),
        database(path, name, flags, lock, patience) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  /// Leaves all in the one file, so that a copy of it is whole.
  ~Impl() {
    if (mode == StoreMode::kReadWrite) database.Checkpoint(true);
  }

  std::filesystem::path file;
  StoreMode mode;
  LockFile lock;
  Database database;
  std::optional<WorkerId> worker;
};

/// As stored: milliseconds since 1970.
inline std::int64_t ToMillis(TimePoint time) { return time.time_since_epoch().count(); }
inline TimePoint FromMillis(std::int64_t millis) {
  return TimePoint(std::chrono::milliseconds(millis));
}

}  // namespace cellar
