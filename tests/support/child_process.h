// A program as a child of the test: arguments, environment and input go in; output, errors and the
// exit code come out. It never outlives the test, however that ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cellar {

struct ProgramSpec {
  std::vector<std::string> arguments;  // the first is the program; looked up in PATH
  /// All that the program inherits, beside PATH and LANG (set here) and the sanitizers' options.
  std::map<std::string, std::string> environment = {};
  std::filesystem::path working_dir = {};  // empty: ours
  std::string input = {};                  // what stdin holds
  bool stdout_on_terminal = false;         // a pseudo-terminal that changes no byte
  bool stderr_on_terminal = false;
  int terminal_columns = 80;
};

struct ProgramResult {
  int exit_code = -1;  // -1: ended by the signal
  int signal = 0;
  std::string out;
  std::string err;
};

class ChildProcess {
 public:
  using Duration = std::chrono::seconds;
  static constexpr Duration kBound{120};  // of every wait; then it is killed and the wait throws

  /// Starts it, in a process group of its own. Throws std::runtime_error when there is no such
  /// program. From the test's main thread: the child dies with the thread that started it.
  explicit ChildProcess(ProgramSpec spec);
  /// Kills its process group.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const;
  bool running() const;
  /// To the program alone; no matter if it has ended.
  void Signal(int number);
  /// Until stdout or stderr holds `text`. Throws when the program ends without it.
  void AwaitOutput(const std::string& text);
  /// Until it has ended.
  ProgramResult Wait();
  /// What it has written so far.
  std::string out() const;
  std::string err() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

ProgramResult RunProgram(ProgramSpec spec);

}  // namespace cellar
