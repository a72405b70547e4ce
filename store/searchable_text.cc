#include "store/searchable_text.h"

#include <string.h>  // memmem

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "jobs/source_text.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kEscape = '\x1b';
constexpr std::size_t kWordBytes = 7;  // six digits and a space

bool IsControl(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f'; }

/// Behind the escape sequence at `at`. ECMA-48: CSI ends with a byte from @ to ~, the strings (OSC,
/// DCS, APC, PM, SOS) with ST or BEL.
std::size_t BehindEscape(std::string_view text, std::size_t at) {
  if (++at >= text.size()) return at;
  char kind = text[at++];
  while (kind >= ' ' && kind <= '/' && at < text.size()) kind = text[at++];  // intermediate bytes
  if (kind == '[') {
    while (at < text.size() && text[at] >= ' ' && text[at] <= '?') ++at;
    return std::min(at + 1, text.size());
  }
  if (std::string_view("]P_^X").find(kind) == std::string_view::npos) return at;
  const std::size_t line_end = std::min(text.find('\n', at), text.size());  // it never ended
  const std::size_t end = text.find_first_of("\a\x1b", at);
  if (end >= line_end) return line_end;
  return std::min(text[end] == kEscape ? end + 2 : end + 1, text.size());
}

/// Behind the end of a line there are line ends.
std::uint32_t TrigramAt(std::string_view text, std::size_t at) {
  std::uint32_t trigram = 0;
  bool is_over = false;
  for (std::size_t i = at; i < at + 3; ++i) {
    is_over = is_over || i >= text.size() || text[i] == '\n';
    trigram = trigram << 8 | static_cast<unsigned char>(is_over ? '\n' : text[i]);
  }
  return trigram;
}

/// `bytes` of the trigram, two hexadecimal digits each: a word, or how words begin.
void AppendDigits(std::uint32_t trigram, std::size_t bytes, std::string* words) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t digit = 0; digit < 2 * bytes; ++digit) {
    words->push_back(kDigits[trigram >> (20 - 4 * digit) & 15]);
  }
}

/// Those without escape sequences.
template <typename Take>
void ForEachPlainPart(std::string_view text, Take take) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(kEscape, at), text.size());
    take(text.substr(at, end - at));
    at = end == text.size() ? end : BehindEscape(text, end);
  }
}

/// What becomes of each byte that is looked through.
std::array<char, 256> FoldedBytes() {
  std::array<char, 256> folded{};
  for (std::size_t byte = 0; byte < folded.size(); ++byte) {
    const char c = static_cast<char>(byte);
    folded[byte] = IsControl(c) ? ' ' : LowerCase(std::string_view(&c, 1)).front();
  }
  return folded;
}

/// What is looked for, as the texts are that it is looked for in.
std::string Folded(std::string_view what) { return LowerCase(SearchableText(what)); }

bool ContinuesCharacter(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

struct Cut {
  std::size_t end;   // of the block
  std::size_t next;  // where the one behind it begins
};

Cut NextCut(std::string_view text, std::size_t begin) {
  std::size_t at = begin;
  std::size_t line_end = begin;
  std::size_t overlap = begin;
  for (std::size_t bytes = 0; bytes < kBlockBytes; ++bytes) {
    while (at < text.size() && text[at] == kEscape) at = BehindEscape(text, at);
    if (at >= text.size()) return {text.size(), text.size()};
    if (text[at] == '\n') line_end = at;
    if (bytes == kBlockBytes - kLongestSearch) overlap = at;
    ++at;
  }
  if (line_end > begin) return {line_end, line_end + 1};
  return {at, overlap};
}

/// A text, a list of lines, or any other JSON.
std::string TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string text;
  if (value.is_array()) {
    for (const Json& line : value) text += line.is_string() ? line.get<std::string>() + "\n" : "";
  }
  if (!text.empty()) return text;
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string TextOfBundle(const Json& data) {
  std::string text;
  for (const auto& [type, value] : data.items()) {
    const bool repeats = type == "text/html" && data.contains("text/plain");
    const bool is_text = type.starts_with("text/") || type.ends_with("json");
    if (is_text && !repeats) text += TextOf(value) + "\n";
  }
  return text;
}

}  // namespace

std::string SearchableText(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  ForEachPlainPart(text, [&clean](std::string_view part) {
    for (const char c : part) clean.push_back(IsControl(c) ? ' ' : c);
  });
  return clean;
}

std::string TextsOf(const Json& output) {
  std::string text;
  for (const char* key : {"text", "ename", "evalue", "traceback"}) {
    const auto found = output.find(key);
    if (found != output.end()) text += TextOf(*found) + "\n";
  }
  const auto data = output.find("data");
  if (data != output.end() && data->is_object()) text += TextOfBundle(*data);
  return text;
}

std::vector<std::string_view> BlocksOf(std::string_view text) {
  std::vector<std::string_view> blocks;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const Cut cut = NextCut(text, begin);
    blocks.push_back(text.substr(begin, cut.end - begin));
    begin = cut.next;
  }
  return blocks;
}

std::string TrigramWords(std::string_view words_of) {
  static std::vector<bool> seen(std::size_t{1} << 24);
  const std::string text = LowerCase(words_of);
  std::vector<std::uint32_t> trigrams;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') continue;
    const std::uint32_t trigram = TrigramAt(text, at);
    if (seen[trigram]) continue;
    seen[trigram] = true;
    trigrams.push_back(trigram);
  }
  std::string words;
  words.reserve(trigrams.size() * kWordBytes);
  for (const std::uint32_t trigram : trigrams) {
    AppendDigits(trigram, 3, &words);
    words.push_back(' ');
    seen[trigram] = false;
  }
  return words;
}

std::string WordsToMatch(std::string_view words_of) {
  constexpr std::size_t kMost = 40;  // a few dozen rule out enough
  const std::string text = Folded(words_of);
  std::string words;
  if (text.size() < 3) {
    AppendDigits(TrigramAt(text, 0), text.size(), &words);
    return words + '*';
  }
  for (std::size_t at = 0; at + 3 <= text.size() && at < kMost; ++at) {
    AppendDigits(TrigramAt(text, at), 3, &words);
    words.push_back(' ');
  }
  return words;
}

TextFinder::TextFinder(std::string_view what) : what_(Folded(what)) {}

std::optional<std::size_t> TextFinder::FindIn(std::string_view text) {
  Fold(text);
  // glibc's is several times as fast as std::string::find where the first byte is a common one.
  const void* found = ::memmem(folded_.data(), folded_.size(), what_.data(), what_.size());
  if (found == nullptr) return std::nullopt;
  return static_cast<std::size_t>(static_cast<const char*>(found) - folded_.data());
}

/// SearchableText in small letters, in one pass: most of the time of a long search is spent here.
void TextFinder::Fold(std::string_view text) {
  static const std::array<char, 256> kFolded = FoldedBytes();
  folded_.resize(text.size());
  char* out = folded_.data();
  ForEachPlainPart(text, [&out](std::string_view part) {
    for (const char c : part) *out++ = kFolded[static_cast<unsigned char>(c)];
  });
  folded_.resize(static_cast<std::size_t>(out - folded_.data()));
}

std::string ExcerptAt(std::string_view text, std::size_t at) {
  constexpr std::size_t kBefore = 60;
  constexpr std::size_t kAfter = 140;
  const std::size_t line_end = std::min(text.find('\n', at), text.size());
  const std::size_t before = text.rfind('\n', at);
  std::size_t begin = at == 0 || before == std::string_view::npos ? 0 : before + 1;
  begin = std::max(begin, at > kBefore ? at - kBefore : 0);
  while (begin < at && ContinuesCharacter(text[begin])) ++begin;
  std::size_t end = std::min(line_end, at + kAfter);
  while (end > at && end < text.size() && ContinuesCharacter(text[end])) --end;
  return std::string(text.substr(begin, end - begin));
}

}  // namespace cellar
