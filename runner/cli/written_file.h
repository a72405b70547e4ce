// A file that appears whole or not at all: written beside its place and then renamed.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "runner/cli/output.h"

namespace cellar {

class WrittenFile {
 public:
  /// Throws Error kOutput, like everything here, when it cannot be made.
  explicit WrittenFile(std::filesystem::path path);
  /// Takes away what was not committed.
  ~WrittenFile();
  WrittenFile(const WrittenFile&) = delete;
  WrittenFile& operator=(const WrittenFile&) = delete;

  void Write(std::string_view text);
  /// On disk under its own name when it returns.
  void Commit();

 private:
  [[noreturn]] void Fail(int error);

  std::filesystem::path path_;
  std::string temporary_;
  int descriptor_ = -1;
  std::unique_ptr<Output> output_;
};

}  // namespace cellar
