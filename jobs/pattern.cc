#include "jobs/pattern.h"

#include <utf8.h>

#include <boost/regex.hpp>
#include <iterator>

#include "jobs/source_text.h"

namespace cellar {
namespace {

// Boost's matcher keeps its state on the heap and gives up in time; std::regex recurses once a
// character and overflows the stack. Wide characters, so that "." is one character of UTF-8.
std::wstring Wide(std::string_view text) {
  static_assert(sizeof(wchar_t) == 4);
  std::wstring wide;
  utf8::utf8to32(text.begin(), text.end(), std::back_inserter(wide));
  return wide;
}

}  // namespace

std::optional<std::string> PatternFault(std::string_view pattern) {
  if (FindInvalidUtf8(pattern)) return "is not UTF-8";
  try {
    static_cast<void>(boost::wregex(Wide(pattern)));
    return std::nullopt;
  } catch (const boost::regex_error& error) {
    return OneLine(error.what());
  }
}

std::optional<bool> MatchesPattern(std::string_view pattern, std::string_view text) {
  const boost::wregex regex(Wide(pattern));
  try {
    return boost::regex_match(Wide(text), regex);
  } catch (const std::runtime_error&) {  // the number of steps was exhausted
    return std::nullopt;
  }
}

}  // namespace cellar
