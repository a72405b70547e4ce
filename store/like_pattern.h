// "Contains" for SQL's LIKE, with ESCAPE '\'. For the files of this folder only.
#pragma once

#include <string>
#include <string_view>

namespace cellar {

inline std::string PatternOf(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace cellar
