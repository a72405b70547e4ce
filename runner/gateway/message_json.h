// JSON as it comes in messages: one string of 100 MB, deep on purpose perhaps, and written by
// kernels that are not all strict. Pure.
//
// A reader of its own because most of what comes is text in strings: copied run by run they are
// read ten times as fast as nlohmann/json reads them, and are in memory once.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace cellar {

/// Reads the whole of `text` into `value`. Takes what is nearly JSON too: invalid UTF-8 and lone
/// surrogates become U+FFFD, Python's NaN and Infinity and numbers beyond a double null; control
/// characters may stand in strings. False, with the place and reason in `fault`: not JSON, or
/// nested deeper than 500 levels; `value` is then of no use.
bool ReadMessageJson(std::string_view text, nlohmann::json& value, std::string& fault);

}  // namespace cellar
