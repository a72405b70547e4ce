#include "runner/cli/output.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "jobs/error.h"

namespace cellar {
namespace {

constexpr std::size_t kBufferSize = 64 * 1024;

bool WantsColours() {
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
  const char* term = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::strcmp(term, "dumb") != 0);
}

}  // namespace

Output::Output(int descriptor, std::string name)
    : descriptor_(descriptor),
      name_(std::move(name)),
      is_terminal_(isatty(descriptor) == 1),
      colours_(is_terminal_ && WantsColours()) {}

void Output::Write(std::string_view text) {
  if (failed_) return;
  buffer_.append(text);
  if (buffer_.size() >= kBufferSize) Flush();
}

void Output::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && !failed_) {
    const ssize_t written = write(descriptor_, rest.data(), rest.size());
    if (written > 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // a shared descriptor that somebody made non-blocking
      pollfd ready{descriptor_, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      failed_ = true;
    }
  }
  const int error = errno;
  buffer_.clear();
  if (!rest.empty()) {
    throw Error(error == EPIPE ? ErrorKind::kOutputClosed : ErrorKind::kOutput,
                fmt::format("cannot write to {}: {}", name_, std::strerror(error)));
  }
}

int Output::columns() const {
  winsize size{};
  if (!is_terminal_ || ioctl(descriptor_, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace cellar
