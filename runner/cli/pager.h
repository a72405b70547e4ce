// The program in which people read an answer that is longer than their terminal's window.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "runner/cli/commands.h"

namespace cellar {

/// Sends the answer of this command through a pager where it is longer than the terminal's window:
/// $CELLAR_PAGER, else $PAGER, else less. Not where that is empty or `cat`, with --no-pager, or
/// where stdout is no terminal. Before the first Write.
void PageAnswer(Invocation& invocation);

/// Whether `text` needs more lines than the window has but one, where the prompt stands.
bool IsLongerThanWindow(std::string_view text, std::size_t columns, std::size_t rows);

/// A pager that runs. While it does, Ctrl-C is the pager's alone.
class Pager {
 public:
  /// `command`: for sh. Throws Error kOutput when there is no room for another process.
  explicit Pager(const std::string& command);
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;
  ~Pager();

  /// Where it reads from.
  int input() const { return input_; }

  /// Ends its input and waits until it has been left. False: sh could not start it.
  bool Finish();

 private:
  int input_ = -1;
  pid_t pid_ = -1;
};

}  // namespace cellar
