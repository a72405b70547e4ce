// Texts as `search` looks through them. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.h"

namespace cellar {

/// The longest text that can be asked for, in bytes.
constexpr std::size_t kLongestSearch = 1000;

/// What a person would read of it: without escape sequences; other control characters but line ends
/// are spaces.
std::string SearchableText(std::string_view text);

/// Of an output its stream, its traceback, or the texts of its bundle but HTML that repeats a plain
/// text. Nothing of pictures.
std::string SearchableText(const OutputRecord& output);

/// Pieces of some 64 KiB, cut at line ends. Where a line is longer the pieces overlap, so that any
/// text of up to kLongestSearch bytes within a line is whole in one of them.
std::vector<std::string_view> BlocksOf(std::string_view text);

/// The sequences of three bytes that occur in `text`, each once, as words between spaces. ASCII
/// letters count as small ones.
std::string TrigramWords(std::string_view text);

/// Where `what` stands in `text`; ASCII letters are equal in either case.
std::optional<std::size_t> FindText(std::string_view text, std::string_view what);

/// The line around `at`, at most some 200 bytes of it: valid UTF-8 where `text` is.
std::string ExcerptAt(std::string_view text, std::size_t at);

}  // namespace cellar
