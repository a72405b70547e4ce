// One of samples/ run by the program itself, on the embedded gateway, with a store of its own.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace cellar {

class SampleRun {
 public:
  /// `sample` is relative to samples/; `arguments` follow it on the command line.
  explicit SampleRun(const std::string& sample, const std::vector<std::string>& arguments = {});

  int exit_code() const { return exit_code_; }
  const std::string& errors() const { return errors_; }  // what it wrote on stderr

  /// What the store holds of it, as `cellar show last --json` says.
  nlohmann::json Stored() const;

 private:
  TempDir home_;
  int exit_code_ = -1;
  std::string errors_;
};

/// The run's state and reason, then each cell's state and outputs: one line a line of output,
/// images by their type.
std::string TranscriptOf(const nlohmann::json& stored);

}  // namespace cellar
