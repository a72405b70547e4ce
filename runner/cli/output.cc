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
#include "runner/cli/pager.h"

namespace cellar {
namespace {

constexpr std::size_t kBufferSize = 64 * 1024;
// pipe(7), "Pipe capacity": so much can have been written to a pager that never reads.
constexpr std::size_t kPipeSize = 64 * 1024;

bool WantsColours() {
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
  const char* term = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::strcmp(term, "dumb") != 0);
}

}  // namespace

Output::Output(int descriptor, std::string name, Failures failures)
    : descriptor_(descriptor),
      name_(std::move(name)),
      failures_(failures),
      is_terminal_(isatty(descriptor) == 1),
      colours_(is_terminal_ && WantsColours()) {}

Output::~Output() = default;

void Output::Write(std::string_view text) {
  if (was_left_) throw Error(ErrorKind::kOutputClosed, "the pager was left");
  if (failed_) return;
  buffer_.append(text);
  if (!pager_command_.empty()) {
    if (!MustPage()) return;
    StartPager();
  }
  if (buffer_.size() >= kBufferSize) Flush();
}

void Output::Flush() {
  pager_command_.clear();  // what was held back is shown as it is
  if (pager_) return FlushToPager();
  const std::string_view rest = failed_ ? "" : WriteTo(descriptor_, buffer_);
  const int error = errno;
  const bool is_whole = rest.empty();
  buffer_.clear();
  if (is_whole) return;
  failed_ = true;
  if (failures_ == Failures::kIgnored) return;
  if (failures_ == Failures::kIgnoredWhenClosed && error == EPIPE) return;
  throw Error(error == EPIPE ? ErrorKind::kOutputClosed : ErrorKind::kOutput,
              fmt::format("cannot write to {}: {}", name_, std::strerror(error)));
}

void Output::FlushToPager() {
  if (sent_.size() > kPipeSize) pager_reads_ = true;
  if (pager_reads_) {
    sent_.clear();
  } else {
    sent_ += buffer_;
  }
  const bool is_whole = WriteTo(pager_->input(), buffer_).empty();
  buffer_.clear();
  if (!is_whole) LeavePager();
}

void Output::Finish() {
  Flush();
  if (pager_) LeavePager();
}

bool Output::MustPage() const {
  winsize size{};
  const bool is_known = ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
  return IsLongerThanWindow(buffer_, static_cast<std::size_t>(columns()),
                            is_known ? size.ws_row : 24);
}

void Output::StartPager() {
  pager_ = std::make_unique<Pager>(std::exchange(pager_command_, ""));
  Flush();
}

/// Waits for its end. Where it never began, what it was sent is shown without it.
void Output::LeavePager() {
  was_left_ = pager_->Finish() || pager_reads_;
  pager_.reset();
  buffer_ = std::exchange(sent_, "");
  if (was_left_) buffer_.clear();
  Flush();
}

std::string_view Output::WriteTo(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // a shared descriptor that somebody made non-blocking
      pollfd ready{descriptor, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      break;
    }
  }
  return text;
}

int Output::columns() const {
  winsize size{};
  if (!is_terminal_ || ioctl(descriptor_, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace cellar
