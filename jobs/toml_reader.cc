#include "jobs/toml_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "jobs/duration.h"
#include "jobs/source_text.h"
#include "jobs/spelling.h"

namespace cellar {
namespace {

constexpr std::size_t kMostUnknownKeys = 100;  // reported of one table

bool HasControlCharacter(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code < 0x20 || code == 0x7F;
  });
}

}  // namespace

TomlReader::TomlReader(TomlText* text, const toml::table* table, std::string name)
    : text_(text), table_(table), name_(std::move(name)) {}

const toml::node* TomlReader::Node(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.emplace_back(key);
  return table_->get(key);
}

const toml::node* TomlReader::Find(std::string_view key, toml::node_type type,
                                   std::string_view wanted) {
  const toml::node* node = Node(key);
  if (node == nullptr || node->type() == type) return node;
  Report(key, fmt::format("{} must be {}, not {}", key, wanted, Describe(*node)));
  return nullptr;
}

std::optional<std::string> TomlReader::Text(std::string_view key) {
  const toml::node* node = Find(key, toml::node_type::string, "a text in quotes");
  if (node == nullptr) return std::nullopt;
  return node->as_string()->get();
}

std::optional<std::string> TomlReader::String(std::string_view key) {
  std::optional<std::string> text = Text(key);
  if (!text) return std::nullopt;
  if (text->empty()) {
    Report(key, fmt::format("{} is empty", key), "leave it out, or give it a text");
    return std::nullopt;
  }
  if (HasControlCharacter(*text)) {
    Report(key, fmt::format("{} has a control character: {}", key, Quoted(*text)),
           "write it on one line");
    return std::nullopt;
  }
  return text;
}

std::optional<bool> TomlReader::Boolean(std::string_view key) {
  const toml::node* node = Find(key, toml::node_type::boolean, "true or false");
  if (node == nullptr) return std::nullopt;
  return node->as_boolean()->get();
}

std::optional<std::int64_t> TomlReader::Integer(std::string_view key, std::int64_t least,
                                                std::int64_t most) {
  const toml::node* node = Find(key, toml::node_type::integer, "an integer");
  if (node == nullptr) return std::nullopt;
  const std::int64_t value = node->as_integer()->get();
  if (value >= least && value <= most) return value;
  Report(key, fmt::format("{} is {}", key, value), fmt::format("from {} to {}", least, most));
  return std::nullopt;
}

std::optional<double> TomlReader::Number(std::string_view key, double least, double most) {
  const toml::node* node = Node(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_number()) {
    Report(key, fmt::format("{} must be a number, not {}", key, Describe(*node)));
    return std::nullopt;
  }
  const double value = *node->value<double>();
  if (value >= least && value <= most) return value;  // false for NaN
  Report(key, fmt::format("{} is {}", key, value), fmt::format("from {} to {}", least, most));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> TomlReader::Duration(std::string_view key,
                                                              bool zero_allowed) {
  const toml::node* node = Node(key);
  if (node == nullptr) return std::nullopt;
  const auto* text = node->as_string();
  const auto duration = text ? ParseDuration(text->get()) : std::nullopt;
  if (!duration) {
    const std::string right =
        node->is_integer() && node->as_integer()->get() >= 0
            ? fmt::format("write {} = \"{}s\", with a unit", key, node->as_integer()->get())
            : "durations are written \"250ms\", \"90s\", \"30m\", \"2h\", \"1h30m\"";
    Report(key, fmt::format("{} must be a duration, not {}", key, Describe(*node)), right);
    return std::nullopt;
  }
  if (duration->count() == 0 && !zero_allowed) {
    Report(key, fmt::format("{} is zero", key), "leave it out for no limit");
    return std::nullopt;
  }
  return duration;
}

std::optional<std::uint64_t> TomlReader::ByteSize(std::string_view key) {
  const toml::node* node = Node(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_integer() && node->as_integer()->get() >= 0) {
    return static_cast<std::uint64_t>(node->as_integer()->get());
  }
  const auto* text = node->as_string();
  const auto size = text ? ParseByteSize(text->get()) : std::nullopt;
  if (!size) {
    Report(key, fmt::format("{} must be a size, not {}", key, Describe(*node)),
           "sizes are written \"512kB\", \"16MiB\", \"1GiB\"");
  }
  return size;
}

std::optional<std::vector<std::string>> TomlReader::Strings(std::string_view key) {
  const toml::array* array = Array(key);
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> strings;
  std::set<std::string_view> seen;
  for (const toml::node& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr || text->get().empty() || HasControlCharacter(text->get())) {
      text_->Report(element.source(), fmt::format("{} has {} in it", key, Describe(element)),
                    fmt::format("write {} = [\"one\", \"two\"]", key));
      return std::nullopt;
    }
    if (seen.insert(text->get()).second) strings.push_back(text->get());
  }
  return strings;
}

std::optional<std::string> TomlReader::Word(std::string_view key,
                                            const std::vector<std::string>& words) {
  std::optional<std::string> word = Text(key);
  if (!word || std::ranges::find(words, *word) != words.end()) return word;
  const auto nearest = NearestWord(*word, words);
  Report(key, fmt::format("{} is {}", key, Quoted(*word)),
         nearest ? fmt::format("did you mean \"{}\"?", *nearest)
                 : fmt::format("one of \"{}\"", fmt::join(words, "\", \"")));
  return std::nullopt;
}

const toml::table* TomlReader::Table(std::string_view key) {
  const toml::node* node = Find(key, toml::node_type::table, fmt::format("a table, [{}]", key));
  return node ? node->as_table() : nullptr;
}

const toml::array* TomlReader::Array(std::string_view key) {
  const toml::node* node = Find(key, toml::node_type::array, "a list, [\"one\", \"two\"]");
  return node ? node->as_array() : nullptr;
}

std::vector<const toml::table*> TomlReader::Tables(std::string_view key) {
  const toml::node* node =
      Find(key, toml::node_type::array, fmt::format("a list of tables, [[{}]]", key));
  std::vector<const toml::table*> tables;
  if (node == nullptr) return tables;
  for (const toml::node& element : *node->as_array()) {
    if (const toml::table* table = element.as_table()) {
      tables.push_back(table);
    } else {
      text_->Report(element.source(), fmt::format("{} has {} in it", key, Describe(element)),
                    fmt::format("each is a table, [[{}]]", key));
    }
  }
  return tables;
}

bool TomlReader::Has(std::string_view key) const { return table_->contains(key); }

toml::source_region TomlReader::PlaceOf(std::string_view key) const {
  const auto found = table_->find(key);
  return found == table_->end() ? table_->source() : found->first.source();
}

void TomlReader::Report(std::string_view key, std::string what, std::string suggestion) {
  const toml::node* node = table_->get(key);
  if (!name_.empty()) what = name_ + ": " + what;
  text_->Report(node ? node->source() : table_->source(), std::move(what), std::move(suggestion));
}

void TomlReader::ReportMissing(std::string_view key, std::string what, std::string suggestion) {
  if (!text_->damaged) Report(key, std::move(what), std::move(suggestion));
}

void TomlReader::Finish() {
  std::size_t reported = 0;
  for (const auto& [key, value] : *table_) {
    if (std::ranges::find(known_, key.str()) != known_.end()) continue;
    if (++reported > kMostUnknownKeys || text_->problems.size() >= kMostProblems) break;
    std::string what = "unknown key " + Quoted(key.str());
    if (!name_.empty()) what += " in " + name_;
    text_->Report(key.source(), std::move(what), SuggestWord(key.str(), known_, "keys"));
  }
}

}  // namespace cellar
