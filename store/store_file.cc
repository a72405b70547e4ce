#include "store/store_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "jobs/error.h"
#include "store/migrations.h"

namespace cellar {
namespace {

constexpr std::size_t kHead = 100;
constexpr std::uint64_t kBallast = 1 << 20;
constexpr std::uint64_t kNeededToMake = 512 << 10;  // a schema, the WAL's first pages, -shm
// sqlite.org/walformat.html, "The WAL-Index File Format": -shm grows by blocks of 32 KiB, each for
// 4096 pages in the WAL.
constexpr std::uint64_t kIndexBlock = 32 << 10;
constexpr std::uint64_t kWalOfIndexBlock = 16 << 20;
constexpr std::uint64_t kNeededForBallast = 16 << 20;

std::filesystem::path BallastOf(const std::filesystem::path& file) {
  return file.string() + ".ballast";
}

std::filesystem::path FolderOf(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : ".";
}

[[noreturn]] void FailStore(const std::filesystem::path& file, const std::string& text) {
  throw Error(ErrorKind::kStore, fmt::format("store {}: {}", file.string(), text));
}

void MakeFolder(const std::filesystem::path& file) {
  std::vector<std::filesystem::path> missing;
  std::error_code ignored;
  for (auto folder = FolderOf(file); !folder.empty() && !std::filesystem::exists(folder, ignored);
       folder = folder.parent_path()) {
    missing.push_back(folder);
  }
  for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
    if (::mkdir(folder->c_str(), 0700) != 0 && errno != EEXIST) {
      FailStore(file, fmt::format("cannot make its folder {}: {}; choose another with --store",
                                  folder->string(), std::strerror(errno)));
    }
  }
}

std::uint64_t FreeSpace(const std::filesystem::path& file) {
  struct statvfs space {};
  if (::statvfs(FolderOf(file).c_str(), &space) != 0) return UINT64_MAX;  // opening will tell
  return static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
}

/// Bytes on the disk; 0 for no file.
std::uint64_t Allocated(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

std::uint32_t BigEndian(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// SQLite's file format, "The Database Header": 16 bytes of magic, the application id at 68. Read
// through SQLite's own file layer: closing a descriptor of ours would drop the POSIX locks of every
// connection of this process on that file.
std::string ReadHead(const std::filesystem::path& file) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  std::vector<std::max_align_t> memory(vfs->szOsFile / sizeof(std::max_align_t) + 1);
  auto* handle = reinterpret_cast<sqlite3_file*>(memory.data());
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
  const std::string path = std::filesystem::absolute(file).string();
  // xOpen wants a name as sqlite3_filename, with parameters behind its end.
  const char* name = sqlite3_create_filename(path.c_str(), "", "", 0, nullptr);
  std::string head(kHead, '\0');
  sqlite3_int64 size = 0;
  const bool opened = vfs->xOpen(vfs, name, handle, flags, nullptr) == SQLITE_OK;
  bool read = opened && handle->pMethods->xFileSize(handle, &size) == SQLITE_OK;
  head.resize(std::min<sqlite3_int64>(size, kHead));
  read = read && handle->pMethods->xRead(handle, head.data(), static_cast<int>(head.size()), 0) ==
                     SQLITE_OK;
  if (opened) handle->pMethods->xClose(handle);
  sqlite3_free_filename(name);
  if (!read) {
    FailStore(file, "cannot be read; give read permission to it, or choose another with --store");
  }
  return head;
}

}  // namespace

void FailForeign(const std::filesystem::path& file) {
  FailStore(file, "is another program's SQLite database; choose another file with --store");
}

void MakeStoreFile(const std::filesystem::path& file) {
  MakeFolder(file);
  struct stat status {};
  const bool is_there = ::stat(file.c_str(), &status) == 0;
  if (is_there && (!S_ISREG(status.st_mode) || status.st_size > 0)) return;
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (descriptor < 0) {
    FailStore(file, fmt::format("cannot be made: {}; choose another place with --store",
                                std::strerror(errno)));
  }
  ::fchmod(descriptor, 0600);
  ::close(descriptor);
}

void RequireWritable(const std::filesystem::path& file) {
  if (::access(file.c_str(), W_OK) == 0 && ::access(FolderOf(file).c_str(), W_OK | X_OK) == 0)
    return;
  FailStore(file, fmt::format("cannot be written: {}; give write permission to it and its folder, "
                              "or choose another with --store",
                              std::strerror(errno)));
}

FileState CheckStoreFile(const std::filesystem::path& file) {
  std::error_code failure;
  const auto status = std::filesystem::status(file, failure);
  if (status.type() == std::filesystem::file_type::not_found) {
    FailStore(file, "there is no such file; `cellar run` makes it, --store names another");
  }
  if (!std::filesystem::is_regular_file(status)) {
    FailStore(file, "is not a file; name a file with --store");
  }
  std::error_code missing;
  if (std::filesystem::file_size(file.string() + "-journal", missing) > 0 && !missing) {
    return FileState::kUnfinished;
  }
  const std::string head = ReadHead(file);
  if (head.empty()) return FileState::kEmpty;
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  if (head.size() < kHead || !head.starts_with(kMagic)) {
    FailStore(file, "is not a Cellar store (not SQLite); choose another file with --store");
  }
  if (BigEndian(&head[68]) != kApplicationId) FailForeign(file);
  const bool has_wal_mode = head[18] == 2 && head[19] == 2;
  return has_wal_mode ? FileState::kReady : FileState::kUnfinished;
}

void RequireSpace(const std::filesystem::path& file, bool free_ballast) {
  const std::string path = file.string();
  const std::uint64_t needed =
      Allocated(path) == 0 ? kNeededToMake
                           : kIndexBlock * (1 + Allocated(path + "-wal") / kWalOfIndexBlock);
  const auto is_enough = [&] {  // the first to open it empties and fills -shm
    const std::uint64_t free = FreeSpace(file);
    return free >= needed || free + Allocated(path + "-shm") >= needed;
  };
  if (is_enough()) return;
  if (free_ballast) FreeBallast(file);
  if (is_enough()) return;
  throw Error(ErrorKind::kStoreFull,
              fmt::format("store {}: no space left to open it ({} KiB are needed); free some on "
                          "its disk, then try again",
                          path, needed >> 10));
}

void MakeBallast(const std::filesystem::path& file) {
  const std::filesystem::path ballast = BallastOf(file);
  std::error_code missing;
  if (std::filesystem::file_size(ballast, missing) >= kBallast && !missing) return;
  if (FreeSpace(file) < kNeededForBallast) return;
  const int descriptor = ::open(ballast.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  ::fchmod(descriptor, 0600);
  const bool made = ::posix_fallocate(descriptor, 0, kBallast) == 0;
  ::close(descriptor);
  if (!made) ::unlink(ballast.c_str());
}

void FreeBallast(const std::filesystem::path& file) { ::unlink(BallastOf(file).c_str()); }

}  // namespace cellar
