// The elements of a list or table as one text.
#pragma once

#include <string>
#include <string_view>

#include "jobs/job.h"

namespace cellar {

/// `open`, what `write(key, element)` makes of each element with `between` between them, `close`.
/// The key is that of a table, or a list's index.
template <typename Write>
std::string Listed(const Value& value, std::string_view open, std::string_view between,
                   std::string_view close, Write write) {
  std::string text(open);
  bool is_first = true;
  for (const auto& item : value.items()) {
    if (!is_first) text += between;
    is_first = false;
    text += write(item.key(), item.value());
  }
  return text.append(close);
}

}  // namespace cellar
