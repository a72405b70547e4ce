#include "runner/review/clean_text.h"

#include <utf8.h>

#include <algorithm>
#include <iterator>

#include "jobs/source_text.h"
#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

constexpr char32_t kReplacement = 0xfffd;

bool IsPlain(char c) { return (c >= ' ' && c < '\x7f') || c == '\n' || c == '\t'; }

bool IsForbidden(char32_t character) {
  return (character < 0x20 && character != '\n' && character != '\t') ||
         (character >= 0x7f && character < 0xa0) || character == 0xfffe || character == 0xffff;
}

/// `text` with every character that is forbidden replaced; it is valid UTF-8.
std::string WithoutForbidden(const std::string& text) {
  std::string clean;
  clean.reserve(text.size());
  auto at = text.begin();
  while (at != text.end()) {
    const auto plain_end = std::find_if_not(at, text.end(), IsPlain);
    clean.append(at, plain_end);
    at = plain_end;
    if (at == text.end()) break;
    const char32_t character = utf8::next(at, text.end());
    utf8::append(IsForbidden(character) ? kReplacement : character, std::back_inserter(clean));
  }
  return clean;
}

}  // namespace

std::string CleanText(std::string_view bytes) {
  if (std::all_of(bytes.begin(), bytes.end(), IsPlain)) return std::string(bytes);
  std::string valid;
  valid.reserve(bytes.size());
  utf8::replace_invalid(bytes.begin(), bytes.end(), std::back_inserter(valid), kReplacement);
  return WithoutForbidden(WithUnixLines(valid));
}

std::string CleanLine(std::string_view bytes) { return CleanText(PlainLine(bytes)); }

}  // namespace cellar
