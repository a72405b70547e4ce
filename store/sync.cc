#include "store/sync.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "jobs/error.h"

namespace cellar {

/// What was committed is in the write-ahead log, which nobody removes while the store is open here.
/// Closing a descriptor of it is safe: SQLite holds its locks on other files.
void SyncStore(const Store& store) {
  const std::string log = store.file().string() + "-wal";
  const int descriptor = ::open(log.c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_synced = descriptor >= 0 && ::fdatasync(descriptor) == 0;
  const int failure = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (is_synced) return;
  throw Error(ErrorKind::kStore, fmt::format("store {}: {} could not be synced: {}; check its disk",
                                             store.file().string(), log, std::strerror(failure)));
}

}  // namespace cellar
