// Standard output and standard error as the commands use them: buffered, every failure noticed.
#pragma once

#include <string>
#include <string_view>

namespace cellar {

class Output {
 public:
  /// `name` is for messages: "standard output". The descriptor stays the caller's.
  Output(int descriptor, std::string name);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Throws Error: kOutputClosed when the reader has gone, kOutput for any other failure. After
  /// the first failure everything more is dropped without a further exception.
  void Write(std::string_view text);
  void Flush();

  bool is_terminal() const { return is_terminal_; }
  /// A terminal, and NO_COLOR is not set.
  bool colours() const { return colours_; }
  /// Of the terminal now; 0 when it is none: no limit.
  int columns() const;

 private:
  int descriptor_;
  std::string name_;
  std::string buffer_;
  bool is_terminal_;
  bool colours_;
  bool failed_ = false;
};

}  // namespace cellar
