#include "runner/review/markdown_text.h"

#include <algorithm>

#include "runner/review/clean_text.h"

namespace cellar {
namespace {

std::size_t LongestRunOfBackticks(std::string_view text) {
  std::size_t longest = 0;
  std::size_t length = 0;
  for (const char c : text) {
    length = c == '`' ? length + 1 : 0;
    longest = std::max(longest, length);
  }
  return longest;
}

}  // namespace

std::string EscapeMarkdown(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*_{}[]()#+!|~@:";
  std::string escaped;
  for (const char c : CleanLine(text)) {
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else {
      if (kSpecial.find(c) != std::string_view::npos) escaped.push_back('\\');
      escaped.push_back(c);
    }
  }
  return escaped;
}

std::string FencedBlock(std::string_view text, std::string_view language) {
  const std::string clean = CleanText(text);
  const std::string fence(std::max<std::size_t>(3, LongestRunOfBackticks(clean) + 1), '`');
  std::string block = fence + std::string(language) + "\n" + clean;
  if (!clean.empty() && clean.back() != '\n') block.push_back('\n');
  return block + fence + "\n";
}

std::string CodeSpan(std::string_view text) {
  const std::string clean = CleanLine(text);
  const std::string fence(LongestRunOfBackticks(clean) + 1, '`');
  const bool needs_space = fence.size() > 1;
  return fence + (needs_space ? " " : "") + clean + (needs_space ? " " : "") + fence;
}

}  // namespace cellar
