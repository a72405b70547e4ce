#include "tests/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace cellar {
namespace {

class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() { Close(); }

  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

struct Ends {
  File ours;
  File theirs;
};

Ends PipeFrom(bool we_write) {
  std::array<int, 2> fds;
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) Fail("pipe");
  Ends ends{File(fds[we_write ? 1 : 0]), File(fds[we_write ? 0 : 1])};
  ::fcntl(ends.ours.get(), F_SETFL, O_NONBLOCK);
  return ends;
}

Ends Terminal(int columns) {
  int ours = -1, theirs = -1;
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  if (::openpty(&ours, &theirs, nullptr, nullptr, &size) != 0) Fail("openpty");
  termios settings{};
  ::tcgetattr(theirs, &settings);
  settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  ::tcsetattr(theirs, TCSANOW, &settings);
  for (const int fd : {ours, theirs}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(ours, F_SETFL, O_NONBLOCK);
  return {File(ours), File(theirs)};
}

std::vector<std::string> EnvironmentOf(const ProgramSpec& spec) {
  std::map<std::string, std::string> all = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                            {"LANG", "C.UTF-8"}};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) all[name] = value;
  }
  for (const auto& [name, value] : spec.environment) all[name] = value;
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (auto& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec: only what is safe after the fork of a program with threads.
[[noreturn]] void BecomeProgram(pid_t parent, const std::array<int, 3>& files,
                                const char* directory, char** arguments, char** environment,
                                int failure) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::setsid();
  for (int fd = 0; fd < 3; ++fd) ::dup2(files[fd], fd);
  if (*directory == '\0' || ::chdir(directory) == 0)
    ::execvpe(arguments[0], arguments, environment);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(failure, &error, sizeof error);
  ::_exit(127);
}

// False: the other side has closed it.
bool Drain(const File& file, std::string& into) {
  std::array<char, 65536> chunk;
  while (true) {
    const auto size = ::read(file.get(), chunk.data(), chunk.size());
    if (size > 0) into.append(chunk.data(), static_cast<std::size_t>(size));
    if (size == 0) return false;
    if (size < 0) return errno == EAGAIN || errno == EINTR;  // EIO: a terminal without its program
  }
}

}  // namespace

struct ChildProcess::Impl {
  explicit Impl(ProgramSpec spec);
  void Start(ProgramSpec& spec, const std::array<int, 3>& files);
  void Attend();
  void Feed();
  void Collect();
  void End();

  pid_t pid = -1;
  std::string program;
  File process;  // readable once it has ended
  File in, out_file, err_file;
  std::string input;

  mutable std::mutex mutex;
  std::condition_variable changed;
  ProgramResult result;
  bool ended = false;
  std::thread attendant;  // moves bytes until the program ends
};

ChildProcess::Impl::Impl(ProgramSpec spec) : program(spec.arguments.front()), input(spec.input) {
  Ends stdin_ends = PipeFrom(true);
  Ends stdout_ends = spec.stdout_on_terminal ? Terminal(spec.terminal_columns) : PipeFrom(false);
  Ends stderr_ends = spec.stderr_on_terminal ? Terminal(spec.terminal_columns) : PipeFrom(false);
  in = std::move(stdin_ends.ours);
  out_file = std::move(stdout_ends.ours);
  err_file = std::move(stderr_ends.ours);
  Start(spec, {stdin_ends.theirs.get(), stdout_ends.theirs.get(), stderr_ends.theirs.get()});
  attendant = std::thread([this] { Attend(); });
}

void ChildProcess::Impl::Start(ProgramSpec& spec, const std::array<int, 3>& files) {
  auto environment = EnvironmentOf(spec);
  const auto argument_pointers = Pointers(spec.arguments);
  const auto environment_pointers = Pointers(environment);
  Ends failure = PipeFrom(false);
  const std::string directory = spec.working_dir.string();
  const pid_t parent = ::getpid();
  pid = ::fork();
  if (pid < 0) Fail("fork");
  if (pid == 0) {
    BecomeProgram(parent, files, directory.c_str(), const_cast<char**>(argument_pointers.data()),
                  const_cast<char**>(environment_pointers.data()), failure.theirs.get());
  }
  failure.theirs.Close();
  ::fcntl(failure.ours.get(), F_SETFL, 0);
  int error = 0;
  if (::read(failure.ours.get(), &error, sizeof error) == sizeof error) {
    ::waitpid(pid, nullptr, 0);
    errno = error;
    Fail("starting " + program);
  }
  process = File(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.open()) Fail("pidfd_open");
}

void ChildProcess::Impl::Attend() {
  sigset_t broken_pipe;
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  while (true) {
    std::array<pollfd, 4> watched = {{{process.get(), POLLIN, 0},
                                      {out_file.get(), POLLIN, 0},
                                      {err_file.get(), POLLIN, 0},
                                      {in.get(), POLLOUT, 0}}};
    ::poll(watched.data(), watched.size(), -1);
    const std::lock_guard lock(mutex);
    Feed();
    if (out_file.open() && !Drain(out_file, result.out)) out_file.Close();
    if (err_file.open() && !Drain(err_file, result.err)) err_file.Close();
    if (watched[0].revents != 0) Collect();
    changed.notify_all();
    if (ended) return;
  }
}

void ChildProcess::Impl::Feed() {
  if (!in.open()) return;
  while (!input.empty()) {
    const auto size = ::write(in.get(), input.data(), input.size());
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) break;
    input.erase(0, static_cast<std::size_t>(size));
  }
  in.Close();
}

void ChildProcess::Impl::Collect() {
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (out_file.open()) Drain(out_file, result.out);
  if (err_file.open()) Drain(err_file, result.err);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  ended = true;
}

void ChildProcess::Impl::End() {
  {
    const std::lock_guard lock(mutex);
    ::kill(-pid, SIGKILL);
    if (!ended) ::kill(pid, SIGKILL);
  }
  if (attendant.joinable()) attendant.join();
}

ChildProcess::ChildProcess(ProgramSpec spec) : impl_(std::make_unique<Impl>(std::move(spec))) {}

ChildProcess::~ChildProcess() { impl_->End(); }

pid_t ChildProcess::pid() const { return impl_->pid; }

bool ChildProcess::running() const {
  const std::lock_guard lock(impl_->mutex);
  return !impl_->ended;
}

void ChildProcess::Signal(int number) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->ended) ::kill(impl_->pid, number);
}

void ChildProcess::AwaitOutput(const std::string& text) {
  std::unique_lock lock(impl_->mutex);
  const auto& result = impl_->result;
  const auto seen = [&] {
    return result.out.find(text) != std::string::npos || result.err.find(text) != std::string::npos;
  };
  impl_->changed.wait_for(lock, kBound, [&] { return seen() || impl_->ended; });
  if (seen()) return;
  throw std::runtime_error(impl_->program + " never wrote \"" + text + "\", but:\n" + result.out +
                           result.err);
}

ProgramResult ChildProcess::Wait() {
  {
    std::unique_lock lock(impl_->mutex);
    if (impl_->changed.wait_for(lock, kBound, [&] { return impl_->ended; })) return impl_->result;
  }
  impl_->End();
  throw std::runtime_error(impl_->program + " did not end; it wrote:\n" + impl_->result.out +
                           impl_->result.err);
}

std::string ChildProcess::out() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->result.out;
}

std::string ChildProcess::err() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->result.err;
}

ProgramResult RunProgram(ProgramSpec spec) { return ChildProcess(std::move(spec)).Wait(); }

}  // namespace cellar
