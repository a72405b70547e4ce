#include "runner/cli/pager.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "jobs/error.h"
#include "jobs/source_text.h"

namespace cellar {
namespace {

bool IsInPath(const std::string& program) {
  const char* variable = std::getenv("PATH");
  std::string_view path = variable == nullptr ? "" : variable;
  while (!path.empty()) {
    const std::string folder(path.substr(0, path.find(':')));
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    path.remove_prefix(std::min(folder.size() + 1, path.size()));
  }
  return false;
}

/// less asks before it shows anything on such a terminal.
bool IsDumb() {
  const char* term = std::getenv("TERM");
  return term == nullptr || *term == '\0' || std::strcmp(term, "dumb") == 0;
}

/// Empty: none.
std::string PagerCommand() {
  for (const char* name : {"CELLAR_PAGER", "PAGER"}) {
    const char* value = std::getenv(name);
    if (value == nullptr) continue;
    const std::string command(Trimmed(value));
    return command == "cat" ? "" : command;
  }
  return !IsDumb() && IsInPath("less") ? "less" : "";
}

/// Ours, and what less is to do where nobody has said: end by itself when all fits the window,
/// show colours, leave the text on the screen.
std::vector<std::string> PagerEnvironment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  if (std::getenv("LESS") == nullptr) variables.emplace_back("LESS=FRX");
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// `sh -c command`, reading from `input`; with the signals that we ignore as they are by default.
/// Returns 0 or an errno.
int Spawn(const std::string& command, int input, pid_t* pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t by_default;
  sigemptyset(&by_default);
  for (const int signal : {SIGPIPE, SIGINT, SIGQUIT}) sigaddset(&by_default, signal);
  posix_spawnattr_setsigdefault(&attributes, &by_default);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> arguments{"sh", "-c", command};
  std::vector<std::string> environment = PagerEnvironment();
  const int failure = posix_spawn(pid, "/bin/sh", &files, &attributes, Pointers(arguments).data(),
                                  Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return failure;
}

/// Columns of a line: colours take none, any character one.
std::size_t WidthOf(std::string_view line) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line.substr(at).starts_with("\x1b[")) {
      at = std::min(line.find_first_not_of("0123456789;", at + 2), line.size());
    } else if ((static_cast<unsigned char>(line[at]) & 0xc0) != 0x80) {
      ++width;
    }
  }
  return width;
}

}  // namespace

void PageAnswer(Invocation& invocation) {
  if (invocation.pages && invocation.out.is_terminal()) invocation.out.PageWith(PagerCommand());
}

bool IsLongerThanWindow(std::string_view text, std::size_t columns, std::size_t rows) {
  std::size_t lines = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t width = WidthOf(line);
    lines += std::max<std::size_t>(1, (width + columns - 1) / columns);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines >= rows;
}

Pager::Pager(const std::string& command) {
  std::array<int, 2> ends;
  int failure = ::pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno;
  if (failure == 0) {
    failure = Spawn(command, ends[0], &pid_);
    ::close(ends[0]);
    input_ = ends[1];
    if (failure != 0) ::close(ends[1]);
  }
  if (failure != 0) {
    throw Error(ErrorKind::kOutput, fmt::format("cannot start the pager \"{}\": {}; --no-pager "
                                                "does without it",
                                                command, std::strerror(failure)));
  }
  for (const int signal : {SIGINT, SIGQUIT}) std::signal(signal, SIG_IGN);
}

Pager::~Pager() { Finish(); }

bool Pager::Finish() {
  if (pid_ < 0) return true;
  ::close(input_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  for (const int signal : {SIGINT, SIGQUIT}) std::signal(signal, SIG_DFL);
  // POSIX, "sh", "Exit Status": not found, and found but not executable.
  return !WIFEXITED(status) || (WEXITSTATUS(status) != 127 && WEXITSTATUS(status) != 126);
}

}  // namespace cellar
