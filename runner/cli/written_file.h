// A file that appears whole or not at all: written beside its place and then renamed. What is no
// file, a device or a pipe, is written straight.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "runner/cli/output.h"

namespace cellar {

/// What becomes of a link, or of a device or pipe, where the file is to be.
enum class AtPlace {
  kFollowed,  // the path was named by a person: it leads where it leads
  kReplaced,  // the name is ours
};

class WrittenFile {
 public:
  /// Throws Error kOutput, like everything here, when it cannot be made.
  WrittenFile(const std::filesystem::path& path, AtPlace at_place);
  /// Takes away what was not committed.
  ~WrittenFile();
  WrittenFile(const WrittenFile&) = delete;
  WrittenFile& operator=(const WrittenFile&) = delete;

  void Write(std::string_view text);
  /// On disk under its own name when it returns.
  void Commit();

 private:
  void OpenBeside();
  [[noreturn]] void Fail(int error) const;

  std::filesystem::path path_;
  std::string temporary_;  // empty: `path_` is no file
  int descriptor_ = -1;
  std::unique_ptr<Output> output_;
};

/// Throws as WrittenFile does where `path`, which a person named, cannot be written. Leaves it as
/// it is.
void CheckWritable(const std::filesystem::path& path);

}  // namespace cellar
