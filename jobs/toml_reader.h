// One TOML table read through typed getters that collect all its problems, each with its place.
#pragma once

#include <toml++/toml.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/toml_text.h"

namespace cellar {

/// A getter gives nullopt when the key is absent, and when its value is wrong, which is
/// then a problem. Every key that no getter was asked for is a problem, reported by Finish.
class TomlReader {
 public:
  /// `name` is for messages: "[retry]"; empty: the top of the file. Both must outlive the reader.
  TomlReader(TomlText* text, const toml::table* table, std::string name);

  std::optional<std::string> String(std::string_view key);  // not empty, no control characters
  std::optional<std::string> Text(std::string_view key);    // any string
  std::optional<bool> Boolean(std::string_view key);
  std::optional<std::int64_t> Integer(std::string_view key, std::int64_t least, std::int64_t most);
  /// A finite float or an integer.
  std::optional<double> Number(std::string_view key, double least, double most);
  std::optional<std::chrono::milliseconds> Duration(std::string_view key, bool zero_allowed);
  /// A string such as "16MiB", or an integer of bytes.
  std::optional<std::uint64_t> ByteSize(std::string_view key);
  /// An array of strings, none empty; a second one of the same text is passed over.
  std::optional<std::vector<std::string>> Strings(std::string_view key);
  /// A string that is one of `words`.
  std::optional<std::string> Word(std::string_view key, const std::vector<std::string>& words);
  /// nullptr instead of nullopt.
  const toml::table* Table(std::string_view key);
  const toml::array* Array(std::string_view key);
  /// `[[key]]`: its tables; empty when absent or wrong.
  std::vector<const toml::table*> Tables(std::string_view key);
  /// Any value.
  const toml::node* Node(std::string_view key);

  bool Has(std::string_view key) const;
  /// Where the key stands; where the table stands when it has no such key.
  toml::source_region PlaceOf(std::string_view key) const;
  const toml::table& table() const { return *table_; }

  /// Reports a problem at the value of `key`, or at the table.
  void Report(std::string_view key, std::string what, std::string suggestion = "");
  /// Like Report, but not in a damaged text: for what is missing.
  void ReportMissing(std::string_view key, std::string what, std::string suggestion = "");
  void Finish();

 private:
  const toml::node* Find(std::string_view key, toml::node_type type, std::string_view wanted);

  TomlText* text_;
  const toml::table* table_;
  std::string name_;
  std::vector<std::string> known_;
};

}  // namespace cellar
