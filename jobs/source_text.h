// Text as it stands in a file: its encoding, its lines, places in it, and pieces of it in messages.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellar {

struct TextPlace {
  int line = 1;    // from 1
  int column = 1;  // from 1, in characters
};

/// The place of the byte at `offset`; behind the end: the place of the end.
TextPlace PlaceOf(std::string_view text, std::size_t offset);

/// The offset of the first byte that is not UTF-8; nullopt: all of it is.
std::optional<std::size_t> FindInvalidUtf8(std::string_view text);

/// Without a leading UTF-8 byte order mark.
std::string_view WithoutBom(std::string_view text);

/// With every CR LF as LF.
std::string WithUnixLines(std::string_view text);

/// Without the LF or CR LF that ends each; a last empty line is none.
std::vector<std::string_view> SplitLines(std::string_view text);

/// Without spaces, tabs and line ends at both sides.
std::string_view Trimmed(std::string_view text);

/// With the capital letters of ASCII as small ones.
std::string LowerCase(std::string_view text);

/// For messages: on one line, valid UTF-8, control characters as \xNN, at most `most` characters
/// and then "…".
std::string OneLine(std::string_view text, std::size_t most = 200);

/// OneLine between double quotes.
std::string Quoted(std::string_view text, std::size_t most = 60);

}  // namespace cellar
