// Texts as `search` looks through them. Pure.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellar {

/// The longest text that can be asked for, in bytes.
constexpr std::size_t kLongestSearch = 1000;
/// Of a block of the index: smaller ones rule out more of what lines of digits have by chance, and
/// make the index larger.
constexpr std::size_t kBlockBytes = 8 << 10;

/// What a person would read of it: without escape sequences; other control characters but line ends
/// are spaces.
std::string SearchableText(std::string_view text);

/// Of an nbformat output its stream, its traceback, or the texts of its bundle but HTML that
/// repeats a plain text; nothing of pictures. With a line end behind each.
std::string TextsOf(const nlohmann::ordered_json& output);

/// Pieces of at most kBlockBytes, escape sequences not counted, cut at line ends and never within a
/// sequence. Where a line is longer the pieces overlap, so that any text of up to kLongestSearch
/// bytes within a line is whole in one of them.
std::vector<std::string_view> BlocksOf(std::string_view text);

/// The sequences of three bytes that begin within the lines of `text`, each once, as words between
/// spaces; at the end of a line they have line ends. ASCII letters count as small ones.
std::string TrigramWords(std::string_view text);

/// What TrigramWords has of every text that contains SearchableText(text), a part of a line that is
/// not empty, as FTS5 asks for it (sqlite.org/fts5.html, "Full-text Query Syntax"): all of some
/// words, or for one or two bytes a word that begins so.
std::string WordsToMatch(std::string_view text);

/// Looks for SearchableText(what) in many texts; ASCII letters are equal in either case.
class TextFinder {
 public:
  explicit TextFinder(std::string_view what);

  /// Where it stands in SearchableText(text).
  std::optional<std::size_t> FindIn(std::string_view text);

 private:
  void Fold(std::string_view text);

  std::string what_;
  std::string folded_;  // kept, for its memory
};

/// The line around `at`, at most some 200 bytes of it: valid UTF-8 where `text` is.
std::string ExcerptAt(std::string_view text, std::size_t at);

}  // namespace cellar
