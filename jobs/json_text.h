// JSON text from files and from the network, read without trusting it: how deep it is nested is
// limited before it is parsed, since the parser and its values recurse.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace cellar {

struct JsonFault {
  std::string what;  // one line: "nested deeper than 500 levels"; valid UTF-8
  int line = 1;      // from 1
  int column = 1;    // from 1, in characters
};

/// Where `[` and `{` outside of strings first stand deeper than `max_depth` levels; nullopt:
/// nowhere. One pass, no memory; the text need not be JSON.
std::optional<JsonFault> FindTooDeep(std::string_view text, int max_depth);

/// Parses the whole of `text` into `json`, which is changed only when nullopt comes back.
/// Never throws on bad bytes; a BOM is passed over. An ordered object has at most 1000 keys: its
/// look-ups are linear.
std::optional<JsonFault> ParseJson(std::string_view text, int max_depth, nlohmann::json* json);
std::optional<JsonFault> ParseJson(std::string_view text, int max_depth,
                                   nlohmann::ordered_json* json);

/// Like ParseJson, but leaves out every key `left_out` with its value, which then takes no memory,
/// and refuses more than `max_values` values beside those.
std::optional<JsonFault> ParseJsonWithout(std::string_view left_out, std::size_t max_values,
                                          std::string_view text, int max_depth,
                                          nlohmann::json* json);

}  // namespace cellar
