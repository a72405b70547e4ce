// Standard output and standard error as the commands use them: buffered, every failure noticed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cellar {

class Pager;

class Output {
 public:
  /// What becomes of a failure to write.
  enum class Failures {
    kThrown,
    kIgnoredWhenClosed,  // a reader that has gone stops nothing
    kIgnored,
  };

  /// `name` is for messages: "standard output". The descriptor stays the caller's.
  Output(int descriptor, std::string name, Failures failures = Failures::kThrown);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  /// From now on a terminal gets what is longer than its window through this pager; at most a
  /// window is held back until that is known. Empty: none.
  void PageWith(std::string command) { pager_command_ = std::move(command); }

  /// For a command whose work and exit code matter more than who reads what it answers.
  void GoOnWhenClosed() { failures_ = Failures::kIgnoredWhenClosed; }

  /// Throws Error, unless it is to be ignored: kOutputClosed when the reader has gone, kOutput for
  /// any other failure. After the first failure everything more is dropped without a further
  /// exception.
  /// That somebody has left the pager is told by the next Write: what was written before that is
  /// an answer that was given.
  void Write(std::string_view text);
  void Flush();
  /// Flushes, and waits until somebody leaves the pager.
  void Finish();

  bool is_terminal() const { return is_terminal_; }
  /// A terminal, and NO_COLOR is not set.
  bool colours() const { return colours_; }
  /// Of the terminal now; 0 when it is none: no limit.
  int columns() const;

 private:
  void FlushToPager();
  bool MustPage() const;
  void StartPager();
  void LeavePager();
  /// Returns what could not be written; `errno` says why.
  static std::string_view WriteTo(int descriptor, std::string_view text);

  int descriptor_;
  std::string name_;
  Failures failures_;
  std::string buffer_;
  bool is_terminal_;
  bool colours_;
  bool failed_ = false;
  std::string pager_command_;  // until it has been started, or is not needed
  std::unique_ptr<Pager> pager_;
  std::string sent_;  // to the pager, as long as it may be that it never began
  bool pager_reads_ = false;
  bool was_left_ = false;
};

}  // namespace cellar
