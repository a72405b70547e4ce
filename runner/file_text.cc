#include "runner/file_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "jobs/duration.h"

namespace cellar {

std::variant<std::string, FileFailure> ReadDescriptorText(int descriptor, std::uint64_t limit) {
  constexpr std::size_t kStep = 256 * 1024;
  std::string text;
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    text.reserve(std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size), limit) +
                 kStep);
  }
  std::size_t used = 0;
  while (true) {
    text.resize(used + kStep);
    const ssize_t count = read(descriptor, text.data() + used, kStep);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileFailure{std::strerror(errno)};
    used += static_cast<std::size_t>(count);
    if (used > limit) return FileFailure{"is larger than " + FormatByteSize(limit)};
    if (count == 0) break;
  }
  text.resize(used);
  return text;
}

std::variant<std::string, FileFailure> ReadFileText(const std::filesystem::path& path,
                                                    std::uint64_t limit) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return FileFailure{std::strerror(errno)};
  struct stat status {};
  std::variant<std::string, FileFailure> text = FileFailure{"is a directory"};
  if (fstat(descriptor, &status) != 0 || !S_ISDIR(status.st_mode)) {
    text = ReadDescriptorText(descriptor, limit);
  }
  close(descriptor);
  return text;
}

}  // namespace cellar
