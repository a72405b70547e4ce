#include "runner/review/api/http_text.h"

namespace cellar {
namespace {

int DigitOf(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

/// `is_form`: a plus is a space.
std::optional<std::string> Decoded(std::string_view text, bool is_form) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && is_form) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? DigitOf(text[i + 1]) : -1;
      const int low = high >= 0 ? DigitOf(text[i + 2]) : -1;
      if (low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

/// Calls `take` with each piece between separators.
template <typename Take>
bool ForEach(std::string_view text, char separator, const Take& take) {
  while (true) {
    const auto end = text.find(separator);
    if (!take(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<HttpTarget> ReadTarget(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  HttpTarget read;
  const auto mark = target.find('?');
  read.path = target.substr(0, mark);
  const bool is_path = ForEach(std::string_view(read.path).substr(1), '/', [&](auto segment) {
    auto decoded = Decoded(segment, false);
    if (!decoded) return false;
    read.segments.push_back(*std::move(decoded));
    return true;
  });
  if (!is_path) return std::nullopt;
  if (mark == std::string_view::npos) return read;
  const bool is_query = ForEach(target.substr(mark + 1), '&', [&](std::string_view pair) {
    if (pair.empty()) return true;
    const auto equals = pair.find('=');
    auto name = Decoded(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : Decoded(pair.substr(equals + 1), true);
    if (!name || !value) return false;
    read.query.emplace(*std::move(name), *std::move(value));
    return true;
  });
  if (!is_query) return std::nullopt;
  return read;
}

}  // namespace cellar
