// The file beside the store whose bytes are locked: `<store>.lock`. Byte 0 keeps checkpoints and
// writers apart; byte N belongs to worker N as long as it lives. The locks are Linux's open file
// description locks: the kernel drops them with the process, however it ends, and two stores open
// in one process exclude each other too. The descriptor is not inherited over exec.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace cellar {

class LockFile {
 public:
  enum class Kind { kShared, kExclusive };

  /// `writable`: creates the file (0600) when it is not there. Otherwise it may be missing, and
  /// then nobody holds anything. Throws Error (kStore).
  LockFile(const std::filesystem::path& store, bool writable);
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

  bool TryLock(std::int64_t byte, Kind kind);
  /// Tries for at most `patience`.
  bool Lock(std::int64_t byte, Kind kind, std::chrono::milliseconds patience);
  void Unlock(std::int64_t byte);

  /// True when another open file description, in this process or another, holds the byte.
  bool IsHeldByAnother(std::int64_t byte) const;

  /// Sets its times to now, which others can watch for (store/bell.h).
  void Touch();

 private:
  int descriptor_ = -1;
};

}  // namespace cellar
