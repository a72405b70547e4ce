// Numbers as somebody has written them.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace cellar {

/// The number that is all of `text`; nullopt: it is none, or none of a T.
template <typename T>
std::optional<T> NumberOf(std::string_view text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

}  // namespace cellar
