#include "store/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "jobs/error.h"

namespace cellar {
namespace {

struct flock OneByte(std::int64_t byte, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

}  // namespace

LockFile::LockFile(const std::filesystem::path& store, bool writable) {
  const std::string path = store.string() + ".lock";
  descriptor_ = writable ? ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)
                         : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0 && writable) {
    throw Error(ErrorKind::kStore,
                fmt::format("store {}: cannot open its lock file {}: {}; give write permission to "
                            "the store's folder, or choose another store with --store",
                            store.string(), path, std::strerror(errno)));
  }
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool LockFile::TryLock(std::int64_t byte, Kind kind) {
  struct flock lock = OneByte(byte, kind == Kind::kShared ? F_RDLCK : F_WRLCK);
  return ::fcntl(descriptor_, F_OFD_SETLK, &lock) == 0;
}

bool LockFile::Lock(std::int64_t byte, Kind kind, std::chrono::milliseconds patience) {
  // Not F_OFD_SETLKW: a holder that was stopped would stop us for ever.
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!TryLock(byte, kind)) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void LockFile::Unlock(std::int64_t byte) {
  struct flock lock = OneByte(byte, F_UNLCK);
  ::fcntl(descriptor_, F_OFD_SETLK, &lock);
}

bool LockFile::IsHeldByAnother(std::int64_t byte) const {
  if (descriptor_ < 0) return false;
  struct flock lock = OneByte(byte, F_WRLCK);
  return ::fcntl(descriptor_, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

void LockFile::Touch() {
  // Both times: only of that inotify tells as of a change of attributes.
  if (descriptor_ >= 0) ::futimens(descriptor_, nullptr);
}

}  // namespace cellar
