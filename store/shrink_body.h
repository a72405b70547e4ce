// An output body that is too large to be kept whole, made small enough to say what it was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cellar {

struct ShrunkBody {
  std::string body;                  // JSON text
  std::vector<std::string> dropped;  // "image/png (50.0 MiB)"
};

/// Keeps the mime types of at most 64 KiB each; of an error the beginning of its message and the
/// end of its traceback. `body`: an nbformat output as JSON text without its output_type.
ShrunkBody ShrinkBody(std::string_view body);

}  // namespace cellar
