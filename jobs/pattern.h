// Regular expressions on parameter values: safe on any pattern and any text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cellar {

/// Why `pattern` is no regular expression (ECMAScript syntax), with the place in it; nullopt: it is
/// one.
std::optional<std::string> PatternFault(std::string_view pattern);

/// Whether the whole of `text` (UTF-8, by characters) matches a pattern without faults. nullopt:
/// it cannot be told, since matching takes too long.
std::optional<bool> MatchesPattern(std::string_view pattern, std::string_view text);

}  // namespace cellar
