#include "jobs/toml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "jobs/source_text.h"

namespace cellar {
namespace {

constexpr std::size_t kMaxBytes = 16u << 20;
constexpr int kDeepestToml = 64;
constexpr int kMaxKeyParts = 32;  // toml++ makes a table of each part, and recurses to free them
constexpr std::size_t kMaxBytesToGoOn = 256u << 10;
constexpr int kMaxMistakes = 10;
constexpr int kMaxHeadersToTry = 50;

// Length of the string token at the start of `text`, which begins with a quote.
std::size_t StringLength(std::string_view text) {
  const char quote = text[0];
  const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
  const bool multi_line = text.starts_with(triple);
  const std::string_view end = multi_line ? triple : triple.substr(0, 1);
  for (std::size_t i = end.size(); i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (!multi_line && text[i] == '\n') {
      return i;
    } else if (text.substr(i).starts_with(end)) {
      return i + end.size();
    }
  }
  return text.size();
}

struct TooDeep {
  std::size_t offset;
  std::string what;
};

std::optional<TooDeep> FindTooDeepToml(std::string_view text) {
  int depth = 0;
  int parts = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i += StringLength(text.substr(i)) - 1;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (c == '.') {
      if (++parts > kMaxKeyParts) {
        return TooDeep{i, fmt::format("a key has more than {} parts", kMaxKeyParts)};
      }
    } else if (c == '\n' || c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}') {
      parts = 1;
      if ((c == '[' || c == '{') && ++depth > kDeepestToml) {
        return TooDeep{i, fmt::format("nested deeper than {} levels", kDeepestToml)};
      }
      if ((c == ']' || c == '}') && depth > 0) --depth;
    }
  }
  return std::nullopt;
}

// `[table]` or `[[table]]`, as far as a line alone can tell: it may stand within a string.
bool LooksLikeHeader(std::string_view line) {
  line = Trimmed(line.substr(0, line.find('#')));
  if (line.size() < 3 || line.front() != '[' || line.back() != ']') return false;
  return line.find_first_of(",={}(") == std::string_view::npos;
}

struct Lines {
  std::vector<std::size_t> starts;   // offset of each line, from 0
  std::vector<std::size_t> headers;  // index of each line that looks like a header
};

Lines LinesOf(std::string_view text) {
  Lines lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (LooksLikeHeader(text.substr(start, end - start))) {
      lines.headers.push_back(lines.starts.size());
    }
    lines.starts.push_back(start);
    start = end + 1;
  }
  return lines;
}

bool Parses(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
    return true;
  } catch (const toml::parse_error&) {
    return false;
  }
}

// Makes spaces of the table in which the mistake of `error_line` (from 0) stands, up to the next
// header behind it. The table begins at the last header before which all is sound: a string that
// is not closed is often noticed tables later. Returns the line of that header.
std::size_t BlankTable(std::size_t error_line, std::string* text) {
  const Lines lines = LinesOf(*text);
  const auto behind = std::ranges::upper_bound(lines.headers, error_line);
  std::size_t begin = 0;
  int tried = 0;
  for (auto header = behind; header != lines.headers.begin() && tried < kMaxHeadersToTry; ++tried) {
    --header;
    if (Parses(std::string_view(*text).substr(0, lines.starts[*header]))) {
      begin = *header;
      break;
    }
  }
  const std::size_t first = lines.starts.empty() ? 0 : lines.starts[begin];
  const std::size_t last = behind == lines.headers.end() ? text->size() : lines.starts[*behind];
  const auto not_newline = [](char c) { return c != '\n'; };
  std::replace_if(text->begin() + static_cast<std::ptrdiff_t>(first),
                  text->begin() + static_cast<std::ptrdiff_t>(last), not_newline, ' ');
  return begin;
}

// toml++ says what it saw; this says what would be right.
std::string SuggestionFor(std::string_view what, std::size_t table_line) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kSuggestions{{
      {"escape sequence", "write code between ''' and ''': nothing is escaped there"},
      {"could not determine value type", "text stands between quotes"},
      {"cannot redefine", "give each key and each table once; cells are [[cell]]"},
      {"expected bare key starting character", "a table is [name], a list of tables [[name]]"},
      {"not representable in 64 bits", "integers reach from -2^63 to 2^63-1"},
      {"expected a comment or whitespace", "one key = value a line"},
  }};
  if (what.find("encountered end-of-file") != std::string_view::npos) {
    return fmt::format("what begins in line {} or below is not closed", table_line);
  }
  for (const auto& [part, suggestion] : kSuggestions) {
    if (what.find(part) != std::string_view::npos) return std::string(suggestion);
  }
  return "";
}

// "Error while parsing string: unknown escape…" as "in a string: unknown escape…".
std::string ParseReason(const toml::parse_error& error) {
  constexpr std::string_view kStart = "Error while parsing ";
  const std::string what = OneLine(error.description());
  const std::size_t colon = what.find(": ");
  if (!what.starts_with(kStart) || colon == std::string::npos) return "TOML: " + what;
  return "TOML: " + what.substr(kStart.size(), colon - kStart.size()) + what.substr(colon);
}

void ParseGoingOn(std::string text, TomlText* result) {
  for (int mistakes = 0; mistakes < kMaxMistakes; ++mistakes) {
    try {
      result->table = toml::parse(std::string_view(text));
      return;
    } catch (const toml::parse_error& error) {
      result->damaged = true;
      const toml::source_region& at = error.source();
      const std::string reason = ParseReason(error);
      const bool go_on = text.size() <= kMaxBytesToGoOn && at.begin.line > 0;
      const std::size_t table = go_on ? BlankTable(at.begin.line - 1, &text) : 0;
      result->Report(at, reason, SuggestionFor(reason, table + 1));
      if (!go_on) return;
    }
  }
}

}  // namespace

void TomlText::Report(const toml::source_region& at, std::string what, std::string suggestion) {
  if (problems.size() >= kMostProblems) return;
  problems.push_back({file, static_cast<int>(at.begin.line), static_cast<int>(at.begin.column),
                      std::move(what), std::move(suggestion)});
}

TomlText ParseToml(std::string file, std::string_view text) {
  TomlText result{std::move(file), {}, false, {}};
  text = WithoutBom(text);
  const auto refuse = [&](std::size_t offset, std::string what, std::string suggestion) {
    const TextPlace place = PlaceOf(text, offset);
    result.damaged = true;
    result.problems.push_back(
        {result.file, place.line, place.column, std::move(what), std::move(suggestion)});
  };
  if (text.size() > kMaxBytes) {
    refuse(0, "is larger than 16 MiB", "keep long code in files of its own: file = \"…\"");
  } else if (const auto invalid = FindInvalidUtf8(text)) {
    refuse(*invalid, "is not UTF-8", "save it as UTF-8");
  } else if (const auto too_deep = FindTooDeepToml(text)) {
    refuse(too_deep->offset, too_deep->what, "");
  } else {
    ParseGoingOn(std::string(text), &result);
  }
  return result;
}

std::string Describe(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return node.is_array_of_tables() ? "a list of tables" : "a list";
    case toml::node_type::string:
      return "the text " + Quoted(node.as_string()->get());
    case toml::node_type::integer:
      return fmt::format("the integer {}", node.as_integer()->get());
    case toml::node_type::floating_point:
      return fmt::format("the float {}", node.as_floating_point()->get());
    case toml::node_type::boolean:
      return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    case toml::node_type::date_time:
      return "a date and time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

}  // namespace cellar
