#include "runner/review/source_html.h"

#include <algorithm>
#include <array>
#include <string>

#include "jobs/source_text.h"
#include "runner/review/html_text.h"
#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

constexpr std::array<std::string_view, 35> kKeywords{
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsAsciiDigit(c) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Python, cut into tokens line by line. Knows which quotes a line begins in.
class PythonMarker {
 public:
  std::string Mark(std::string_view line) {
    std::string html;
    while (!line.empty()) {
      const auto [length, mark] = NextToken(line);
      const std::string text = EscapeHtml(line.substr(0, length));
      html += mark == ' ' ? text : std::string("<span class=\"") + mark + "\">" + text + "</span>";
      line.remove_prefix(length);
    }
    if (quotes_.size() == 1) quotes_ = "";  // an unfinished text ends with its line
    return html;
  }

 private:
  struct Token {
    std::size_t length;
    char mark;
  };

  Token NextToken(std::string_view line) {
    if (!quotes_.empty()) return {TakeQuoted(line, 0), 'q'};
    const char first = line.front();
    if (first == '#') return {line.size(), 'r'};
    if (first == '"' || first == '\'') {
      const bool is_triple = line.substr(0, 3) == std::string(3, first);
      quotes_ = std::string(is_triple ? 3 : 1, first);
      return {TakeQuoted(line, quotes_.size()), 'q'};
    }
    const auto end = std::find_if_not(line.begin(), line.end(), IsWordByte);
    const auto length = static_cast<std::size_t>(end - line.begin());
    if (length == 0) return {1, ' '};
    if (IsAsciiDigit(first)) return {length, 'n'};
    const std::string_view word = line.substr(0, length);
    const bool is_keyword = std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
    return {length, is_keyword ? 'k' : ' '};
  }

  /// To behind the closing quotes, or to the end of the line.
  std::size_t TakeQuoted(std::string_view line, std::size_t at) {
    while (at < line.size()) {
      if (line[at] == '\\') {
        at += 2;
      } else if (line.substr(at, quotes_.size()) == quotes_) {
        at += quotes_.size();
        quotes_ = "";
        return at;
      } else {
        ++at;
      }
    }
    return line.size();
  }

  std::string quotes_;  // that are open; empty: none
};

}  // namespace

std::string SourceHtml(std::string_view source, std::string_view language,
                       std::optional<int> failing) {
  PythonMarker marker;
  std::string html;
  int number = 0;
  for (const std::string_view line : SplitLines(source)) {
    ++number;
    const std::string text = TerminalView(line, Colours::kStrip);
    html += number == failing ? "<span class=\"l bad\">" : "<span class=\"l\">";
    html += language == "python" ? marker.Mark(text) : EscapeHtml(text);
    html += "\n</span>";
  }
  return html;
}

}  // namespace cellar
