#include "runner/review/api/token_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "jobs/error.h"
#include "jobs/source_text.h"

namespace cellar {
namespace {

constexpr std::size_t kShortest = 32;
constexpr std::size_t kLongest = 4096;

[[noreturn]] void RefuseToken(const std::string& file, const std::string& why) {
  throw Error(ErrorKind::kUsage, fmt::format("--token-file {}: {}", file, why));
}

}  // namespace

std::string ReadTokenFile(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) RefuseToken(file, std::strerror(errno));
  struct stat status {};
  ::fstat(descriptor, &status);
  std::array<char, kLongest + 1> bytes{};
  const ssize_t size = ::read(descriptor, bytes.data(), bytes.size());
  const int error = errno;
  ::close(descriptor);
  if (size < 0) RefuseToken(file, std::strerror(error));
  if ((status.st_mode & 077) != 0) {
    RefuseToken(file, fmt::format("others may read it (mode {:04o}): chmod 600 {}",
                                  status.st_mode & 07777U, file));
  }
  const std::string token(Trimmed({bytes.data(), static_cast<std::size_t>(size)}));
  if (token.size() < kShortest || token.size() > kLongest) {
    RefuseToken(file,
                fmt::format("a token has {} to {} characters: `openssl rand -hex 32` makes one",
                            kShortest, kLongest));
  }
  if (!std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; })) {
    RefuseToken(file, "a token has no spaces and no characters beyond ASCII");
  }
  return token;
}

}  // namespace cellar
