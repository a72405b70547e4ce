#include "jobs/json_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "jobs/source_text.h"

namespace cellar {
namespace {

JsonFault FaultAt(std::string_view text, std::size_t offset, std::string what) {
  const TextPlace place = PlaceOf(text, offset);
  return {std::move(what), place.line, place.column};
}

// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …" without
// what stands before the last of its own places; the bytes it repeats may be of any kind.
std::string ReasonOf(const nlohmann::json::exception& error) {
  std::string_view what = error.what();
  if (const auto bracket = what.find("] "); bracket != std::string_view::npos) {
    what.remove_prefix(bracket + 2);
  }
  if (what.starts_with("parse error")) {
    if (const auto colon = what.find(": "); colon != std::string_view::npos) {
      what.remove_prefix(colon + 2);
    }
  }
  return OneLine(what);
}

constexpr std::size_t kMaxOrderedKeys = 1000;

// Where an object first has more than kMaxOrderedKeys; the text is not nested too deep.
std::optional<std::size_t> FindTooManyKeys(std::string_view text) {
  std::vector<std::size_t> keys{0};  // of each open object or list
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') ++i;
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if (c == '[' || c == '{') keys.push_back(0);
    if ((c == ']' || c == '}') && keys.size() > 1) keys.pop_back();
    if (c == ':' && ++keys.back() > kMaxOrderedKeys) return i;
  }
  return std::nullopt;
}

// Builds a value from the parser's events, without some of its parts. nlohmann's own filter, a
// callback, looks through the whole parent at each object's end: quadratic.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  using Json = nlohmann::json;

  Builder(std::string_view text, std::string_view left_out, std::size_t max_values)
      : text_(text), left_out_(left_out), max_values_(max_values) {}

  bool null() override { return Keep(nullptr); }
  bool boolean(bool value) override { return Keep(value); }
  bool number_integer(std::int64_t value) override { return Keep(value); }
  bool number_unsigned(std::uint64_t value) override { return Keep(value); }
  bool number_float(double value, const std::string&) override { return Keep(value); }
  bool string(std::string& value) override { return Keep(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }  // not in text
  bool start_object(std::size_t) override { return Open(Json::object()); }
  bool start_array(std::size_t) override { return Open(Json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(std::string& name) override {
    if (depth_left_out_ == 0) is_next_left_out_ = name == left_out_;
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t byte, const std::string&,
                   const nlohmann::json::exception& error) override {
    fault_ = FaultAt(text_, byte > 0 ? byte - 1 : 0, ReasonOf(error));
    return false;
  }

  bool sound() const { return !fault_; }
  const std::optional<JsonFault>& fault() const { return fault_; }
  Json TakeResult() { return std::move(root_); }

 private:
  // Where the value then is; nullptr: it was left out, or was one too many.
  Json* Put(Json value) {
    if (depth_left_out_ > 0) return nullptr;
    if (std::exchange(is_next_left_out_, false)) return nullptr;
    if (++values_ > max_values_) {
      fault_ = FaultAt(text_, 0, fmt::format("more than {} values", max_values_));
      return nullptr;
    }
    if (open_.empty()) return &(root_ = std::move(value));
    Json& parent = *open_.back();
    if (parent.is_object()) return &(parent[key_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }

  bool Keep(Json value) {
    Put(std::move(value));
    return sound();
  }

  bool Open(Json value) {
    if (depth_left_out_ > 0 || is_next_left_out_) {
      is_next_left_out_ = false;
      ++depth_left_out_;
      return true;
    }
    Json* const place = Put(std::move(value));
    open_.push_back(place);
    return place != nullptr;
  }

  bool Close() {
    if (depth_left_out_ > 0) {
      --depth_left_out_;
    } else {
      open_.pop_back();
    }
    return true;
  }

  std::string_view text_;
  std::string_view left_out_;
  std::size_t max_values_;
  std::size_t values_ = 0;
  Json root_;
  std::vector<Json*> open_;
  std::string key_;
  bool is_next_left_out_ = false;
  int depth_left_out_ = 0;  // of lists and objects within what is left out
  std::optional<JsonFault> fault_;
};

// `parse` parses its argument into where the caller wants it.
template <typename ParseText>
std::optional<JsonFault> Parse(std::string_view text, int max_depth, ParseText parse) {
  text = WithoutBom(text);
  if (auto fault = FindTooDeep(text, max_depth)) return fault;
  try {
    parse(text);
    return std::nullopt;
  } catch (const nlohmann::json::parse_error& error) {
    // Its byte counts from 1, and is that of the last byte read.
    return FaultAt(text, error.byte > 0 ? error.byte - 1 : 0, ReasonOf(error));
  } catch (const nlohmann::json::exception& error) {  // a number too large for a double
    return FaultAt(text, 0, ReasonOf(error));
  }
}

}  // namespace

std::optional<JsonFault> FindTooDeep(std::string_view text, int max_depth) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth) {
        return FaultAt(text, i, "nested deeper than " + std::to_string(max_depth) + " levels");
      }
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

std::optional<JsonFault> ParseJson(std::string_view text, int max_depth, nlohmann::json* json) {
  return Parse(text, max_depth, [&](std::string_view all) { *json = nlohmann::json::parse(all); });
}

std::optional<JsonFault> ParseJson(std::string_view text, int max_depth,
                                   nlohmann::ordered_json* json) {
  text = WithoutBom(text);
  if (auto fault = FindTooDeep(text, max_depth)) return fault;
  if (const auto offset = FindTooManyKeys(text)) {
    return FaultAt(text, *offset, fmt::format("a table of more than {} keys", kMaxOrderedKeys));
  }
  return Parse(text, max_depth,
               [&](std::string_view all) { *json = nlohmann::ordered_json::parse(all); });
}

std::optional<JsonFault> ParseJsonWithout(std::string_view left_out, std::size_t max_values,
                                          std::string_view text, int max_depth,
                                          nlohmann::json* json) {
  text = WithoutBom(text);
  if (auto fault = FindTooDeep(text, max_depth)) return fault;
  Builder builder(text, left_out, max_values);
  nlohmann::json::sax_parse(text, &builder);
  if (builder.sound()) *json = builder.TakeResult();
  return builder.fault();
}

}  // namespace cellar
