// TOML text as a table, with every problem at once, each with its place.
#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/problem.h"

namespace cellar {

inline constexpr std::size_t kMostProblems = 1000;

struct TomlText {
  std::string file;  // for messages
  toml::table table;
  bool damaged = false;  // some of the text could not be read: what is missing says nothing
  std::vector<Problem> problems;  // in the order in which they were found

  /// Of more than kMostProblems the rest is dropped.
  void Report(const toml::source_region& at, std::string what, std::string suggestion = "");
};

/// Reads `text` (UTF-8; a BOM and CR LF are fine). After a mistake it goes on with the next table.
/// Never throws on bad input. Limits: 16 MiB, 64 levels, 32 parts of a key.
TomlText ParseToml(std::string file, std::string_view text);

/// "an integer", "a table": what a value is, for messages.
std::string Describe(const toml::node& node);

}  // namespace cellar
