#include "runner/gateway/guardian_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/error.h"

namespace cellar {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kLastWords = 8192;
constexpr std::chrono::milliseconds kEndLimit{2000};

/// A pair of descriptors, closed with it unless taken. Both close-on-exec and above stderr, so that
/// the child can put them where it wants.
struct Pair {
  std::array<int, 2> fds{-1, -1};

  ~Pair() {
    for (const int fd : fds) {
      if (fd >= 0) ::close(fd);
    }
  }
  int Take(int end) { return std::exchange(fds[static_cast<std::size_t>(end)], -1); }
};

[[noreturn]] void Fail(const std::string& interpreter, const char* call) {
  throw Error(ErrorKind::kGatewayUnreachable, fmt::format("embedded gateway: starting {}: {}: {}",
                                                          interpreter, call, ::strerror(errno)));
}

void LiftAboveStderr(Pair& pair, const std::string& interpreter) {
  for (int& fd : pair.fds) {
    const int lifted = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (lifted < 0) Fail(interpreter, "fcntl");
    ::close(std::exchange(fd, lifted));
  }
}

std::vector<char*> EnvironmentWithout(const std::vector<std::string>& secrets) {
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string name(*variable, ::strcspn(*variable, "="));
    if (std::ranges::find(secrets, name) == secrets.end()) variables.push_back(*variable);
  }
  variables.push_back(nullptr);
  return variables;
}

struct Launch {
  const char* interpreter;
  char* const* arguments;
  char* const* environment;
  int socket;
  int output;
  pid_t parent;
};

void CloseAllAboveStderr() {
  if (::close_range(STDERR_FILENO + 1, ~0u, 0) == 0) return;  // not before Linux 5.9
  for (int fd = STDERR_FILENO + 1; fd < 65536; ++fd) ::close(fd);
}

/// In the child, between fork and exec: async-signal-safe calls only. Signals are blocked.
[[noreturn]] void Become(const Launch& launch) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(127);  // it ended before prctl was there
  ::dup2(launch.socket, STDIN_FILENO);
  ::dup2(launch.output, STDOUT_FILENO);
  ::dup2(launch.output, STDERR_FILENO);
  CloseAllAboveStderr();
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir("/") == 0) ::execve(launch.interpreter, launch.arguments, launch.environment);
  const char* why = ::strerrordesc_np(errno);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, why, ::strlen(why));
  ::_exit(127);
}

pid_t Fork(const Launch& launch) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // our handlers must not run in the child
  const pid_t pid = ::fork();
  if (pid == 0) Become(launch);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

}  // namespace

class GuardianProcess::Output : public std::enable_shared_from_this<Output> {
 public:
  Output(asio::any_io_executor executor, int fd) : pipe_(executor, fd) {
    pipe_.native_non_blocking(true);
  }

  void KeepReading() {
    auto take = [self = shared_from_this()](const boost::system::error_code& error,
                                            std::size_t size) {
      if (error) return;
      self->Keep(size);
      self->KeepReading();
    };
    pipe_.async_read_some(asio::buffer(chunk_), std::move(take));
  }

  void ReadWhatIsThere() {
    boost::system::error_code error;
    while (!error) Keep(pipe_.read_some(asio::buffer(chunk_), error));
  }

  void Close() { pipe_.close(); }
  const std::string& last() const { return last_; }

 private:
  void Keep(std::size_t size) {
    last_.append(chunk_.data(), size);
    if (last_.size() > kLastWords) last_.erase(0, last_.size() - kLastWords);
  }

  asio::posix::stream_descriptor pipe_;
  std::array<char, 4096> chunk_;
  std::string last_;
};

GuardianProcess::GuardianProcess(asio::any_io_executor executor, const std::string& interpreter,
                                 std::size_t script_size, const std::vector<std::string>& secrets)
    : socket_(executor) {
  Pair sockets;
  Pair pipe;
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.fds.data()) != 0) {
    Fail(interpreter, "socketpair");
  }
  if (::pipe2(pipe.fds.data(), O_CLOEXEC) != 0) Fail(interpreter, "pipe");
  LiftAboveStderr(sockets, interpreter);
  LiftAboveStderr(pipe, interpreter);

  const std::string launcher = fmt::format(
      "owner = open(0, 'rb', buffering=0, closefd=False)\n"
      "text = b''\n"
      "while len(text) < {0}: text += owner.read({0} - len(text)) or exit(1)\n"
      "exec(compile(text, 'embedded_gateway.py', 'exec'))",
      script_size);
  const std::array<const char*, 4> arguments{interpreter.c_str(), "-c", launcher.c_str(), nullptr};
  const auto environment = EnvironmentWithout(secrets);
  pid_ = Fork({interpreter.c_str(), const_cast<char* const*>(arguments.data()), environment.data(),
               sockets.fds[1], pipe.fds[1], ::getpid()});
  if (pid_ < 0) Fail(interpreter, "fork");
  socket_.assign(asio::local::stream_protocol(), sockets.Take(0));
  output_ = std::make_shared<Output>(executor, pipe.Take(0));
  output_->KeepReading();
}

GuardianProcess::~GuardianProcess() {
  End();
  output_->Close();
}

std::optional<std::string> GuardianProcess::Ended() {
  if (!reaped_) reaped_ = ::waitpid(pid_, &status_, WNOHANG) != 0;
  if (!reaped_) return std::nullopt;
  if (!WIFSIGNALED(status_)) return fmt::format("exit code {}", WEXITSTATUS(status_));
  return fmt::format("signal {} ({})", WTERMSIG(status_), ::strsignal(WTERMSIG(status_)));
}

void GuardianProcess::End() {
  if (Ended()) return;
  // Its end of the socket is closed when it has ended: that is what we wait for.
  ::shutdown(socket_.native_handle(), SHUT_WR);
  const auto until = std::chrono::steady_clock::now() + kEndLimit;
  pollfd other_end{socket_.native_handle(), POLLRDHUP, 0};
  int ended = 0;
  do {
    const auto left = until - std::chrono::steady_clock::now();
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    ended = ::poll(&other_end, 1, static_cast<int>(std::max<long>(wait, 0)));
  } while (ended < 0 && errno == EINTR);
  if (ended <= 0) ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
}

std::string GuardianProcess::LastWords() {
  output_->ReadWhatIsThere();
  return output_->last();
}

}  // namespace cellar
