#include "runner/review/api/page_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "jobs/error.h"
#include "runner/gateway/message.h"

namespace cellar {
namespace {

constexpr std::size_t kSecretSize = 64;

bool IsSecret(const std::string& text) {
  return text.size() == kSecretSize && std::all_of(text.begin(), text.end(), [](char letter) {
           return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
         });
}

/// "": there is no such file.
std::string ReadSession(const std::filesystem::path& file, const std::filesystem::path& store) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0 && errno == ENOENT) return "";
  struct stat status {};
  std::array<char, kSecretSize + 1> bytes{};
  ssize_t size = -1;
  if (descriptor >= 0) {
    ::fstat(descriptor, &status);
    size = ::read(descriptor, bytes.data(), bytes.size());
    ::close(descriptor);
  }
  const std::string secret(bytes.data(),
                           std::min<std::size_t>(kSecretSize, std::max<ssize_t>(size, 0)));
  struct stat beside {};
  const bool is_ours = status.st_uid == ::geteuid() ||
                       (::stat(store.c_str(), &beside) == 0 && status.st_uid == beside.st_uid);
  if (is_ours && (status.st_mode & 077) == 0 && IsSecret(secret)) return secret;
  throw Error(ErrorKind::kStore,
              fmt::format("{}: it should hold the page's session, for its owner alone (0600); "
                          "remove it, and another is made",
                          file.string()));
}

/// Whole or not at all, and never over another's: false where that was quicker.
bool WriteSession(const std::filesystem::path& file, const std::string& secret) {
  const std::string draft = fmt::format("{}.{}", file.string(), ::getpid());
  const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  const std::string line = secret + "\n";
  const bool is_written =
      ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  ::close(descriptor);
  const bool is_there = is_written && ::link(draft.c_str(), file.c_str()) == 0;
  ::unlink(draft.c_str());
  return is_there;
}

}  // namespace

PageSession SessionOf(const std::filesystem::path& store, bool makes_file) {
  std::filesystem::path file = store;
  file += ".session";
  std::string secret = ReadSession(file, store);
  if (!secret.empty()) return {secret, file};
  secret = NewId() + NewId();
  if (!makes_file) return {secret, {}};
  if (WriteSession(file, secret)) return {secret, file};
  const std::string other = ReadSession(file, store);
  if (!other.empty()) return {other, file};
  return {secret, {}};
}

}  // namespace cellar
