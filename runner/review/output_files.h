// The outputs of a cell as files of their own, with names that stay the same however often they
// are asked for.
#pragma once

#include <string>
#include <vector>

#include "store/records.h"

namespace cellar {

struct OutputFile {
  int cell = 0;
  std::string name;   // "cell-03-figure-1.png"; made of our words alone, whatever the job sent
  std::string type;   // as the kernel named it; "text/plain" for streams and errors
  std::string bytes;  // pictures and the like decoded, JSON indented, text without control codes
  bool is_damaged = false;  // it should have been base64; `bytes` are as they came
};

/// A file for each stream, each error and each mime type of any other output, in order. `figure` is
/// an output with a picture, `output` any other bundle; each kind is counted by cell, from 1.
std::vector<OutputFile> FilesOf(int cell, const std::vector<OutputRecord>& outputs);

/// "image/png" matches itself, "image/*" all of its family, "" anything.
bool MatchesType(std::string_view type, std::string_view pattern);

}  // namespace cellar
