#include "runner/gateway/message_json.h"

#include <fmt/format.h>
#include <utf8.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>

namespace cellar {

using nlohmann::json;

namespace {

constexpr int kDeepest = 500;
constexpr std::uint64_t kEachByte = 0x0101010101010101;

bool IsJsonDigit(char c) { return c >= '0' && c <= '9'; }

bool HasZeroByte(std::uint64_t word) {
  return ((word - kEachByte) & ~word & 0x80 * kEachByte) != 0;
}

std::uint64_t WordAt(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Where the next `"` or `\` is, or the end.
const char* FindSpecial(const char* at, const char* end) {
  for (; end - at >= 8; at += 8) {
    const std::uint64_t word = WordAt(at);
    if (HasZeroByte(word ^ '"' * kEachByte) || HasZeroByte(word ^ '\\' * kEachByte)) break;
  }
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

bool IsAscii(const std::string& text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (; end - at >= 8; at += 8) {
    if ((WordAt(at) & 0x80 * kEachByte) != 0) return false;
  }
  for (; at != end; ++at) {
    if (static_cast<signed char>(*at) < 0) return false;
  }
  return true;
}

void RepairUtf8(std::string& text) {
  if (IsAscii(text) || utf8::is_valid(text.begin(), text.end())) return;
  std::string repaired;
  repaired.reserve(text.size());
  utf8::replace_invalid(text.begin(), text.end(), std::back_inserter(repaired));
  text = std::move(repaired);
}

bool IsHighSurrogate(unsigned unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLowSurrogate(unsigned unit) { return unit >= 0xdc00 && unit < 0xe000; }

class Reader {
 public:
  explicit Reader(std::string_view text)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  const std::string& fault() const { return fault_; }

  bool ReadWhole(json& value) {
    if (!ReadValue(value, 0)) return false;
    SkipBlanks();
    return at_ == end_ || Fail("text after the end of the JSON");
  }

 private:
  bool Fail(std::string_view what) {
    fault_ = fmt::format("{} at byte {}", what, at_ - begin_);
    return false;
  }

  void SkipBlanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  bool Take(char c) {
    SkipBlanks();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool TakeWord(std::string_view word) {
    if (!std::string_view(at_, end_ - at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool ReadValue(json& value, int depth) {
    SkipBlanks();
    if (at_ == end_) return Fail("the JSON ends too early");
    if (depth == kDeepest && (*at_ == '{' || *at_ == '[')) {
      return Fail("nested deeper than 500 levels");
    }
    switch (*at_) {
      case '{':
        return ReadObject(value, depth);
      case '[':
        return ReadArray(value, depth);
      case '"':
        value = json::value_t::string;
        return ReadString(value.get_ref<std::string&>());
      default:
        return ReadWordOrNumber(value);
    }
  }

  bool ReadObject(json& value, int depth) {
    value = json::value_t::object;
    ++at_;
    if (Take('}')) return true;
    do {
      SkipBlanks();
      if (at_ == end_ || *at_ != '"') return Fail("no string where a key should be");
      std::string key;
      if (!ReadString(key)) return false;
      if (!Take(':')) return Fail("no `:` behind a key");
      if (!ReadValue(value[std::move(key)], depth + 1)) return false;
    } while (Take(','));
    return Take('}') || Fail("neither `,` nor `}`");
  }

  bool ReadArray(json& value, int depth) {
    value = json::value_t::array;
    ++at_;
    if (Take(']')) return true;
    do {
      value.push_back(nullptr);
      if (!ReadValue(value.back(), depth + 1)) return false;
    } while (Take(','));
    return Take(']') || Fail("neither `,` nor `]`");
  }

  // Two passes: with the length known first, a long text is in memory once and never moved.
  bool ReadString(std::string& text) {
    ++at_;
    const char* close = FindSpecial(at_, end_);
    while (close != end_ && *close != '"') {
      close = FindSpecial(std::min(close + 2, end_), end_);
    }
    if (close == end_) return Fail("a string that does not end");
    text.reserve(close - at_);
    while (at_ != close) {
      const char* const special = FindSpecial(at_, close);
      text.append(at_, special);
      at_ = special;
      if (at_ != close && !ReadEscape(text)) return false;
    }
    ++at_;
    RepairUtf8(text);
    return true;
  }

  bool ReadEscape(std::string& text) {
    constexpr std::string_view kLetters = "\"\\/bfnrtu";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const auto which = kLetters.find(at_[1]);
    if (which == kLetters.npos) return Fail("an unknown escape in a string");
    if (which < kMeanings.size()) {
      text += kMeanings[which];
      at_ += 2;
      return true;
    }
    unsigned code = 0;
    if (!ReadUnit(code)) return Fail("`\\u` without four hexadecimal digits");
    if (IsHighSurrogate(code)) {
      const char* const behind_high = at_;
      unsigned low = 0;
      if (ReadUnit(low) && IsLowSurrogate(low)) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      } else {
        at_ = behind_high;
      }
    }
    if (IsHighSurrogate(code) || IsLowSurrogate(code)) code = 0xfffd;
    utf8::unchecked::append(code, std::back_inserter(text));
    return true;
  }

  // `\u` and four hexadecimal digits; moves only when they are there.
  bool ReadUnit(unsigned& unit) {
    if (end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') return false;
    const auto [stop, error] = std::from_chars(at_ + 2, at_ + 6, unit, 16);
    if (error != std::errc() || stop != at_ + 6) return false;
    at_ += 6;
    return true;
  }

  bool ReadWordOrNumber(json& value) {
    value = nullptr;
    if (TakeWord("true")) {
      value = true;
    } else if (TakeWord("false")) {
      value = false;
    } else if (!TakeWord("null") && !TakeWord("NaN") && !TakeWord("Infinity") &&
               !TakeWord("-Infinity")) {
      return ReadNumber(value);
    }
    return true;
  }

  bool SkipDigits() {
    const char* const first = at_;
    while (at_ != end_ && IsJsonDigit(*at_)) ++at_;
    return at_ != first;
  }

  bool ReadNumber(json& value) {
    const char* const first = at_;
    bool is_whole = true;
    if (*at_ == '-') ++at_;
    const bool leading_zero = at_ != end_ && *at_ == '0';
    const char* const digits = at_;
    if (!SkipDigits() || (leading_zero && at_ - digits > 1)) return Fail("no JSON value");
    if (at_ != end_ && *at_ == '.') {
      is_whole = false;
      ++at_;
      if (!SkipDigits()) return Fail("no digit behind a decimal point");
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      is_whole = false;
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!SkipDigits()) return Fail("no digit in an exponent");
    }
    StoreNumber(first, is_whole, value);
    return true;
  }

  // As nlohmann: unsigned, signed, and a double for what neither holds.
  void StoreNumber(const char* first, bool is_whole, json& value) const {
    std::uint64_t positive = 0;
    std::int64_t negative = 0;
    if (is_whole && *first != '-' && std::from_chars(first, at_, positive).ec == std::errc()) {
      value = positive;
    } else if (is_whole && *first == '-' &&
               std::from_chars(first, at_, negative).ec == std::errc()) {
      value = negative;
    } else {
      // Not from_chars, which has one error for too small and too large.
      const double real = std::strtod(std::string(first, at_).c_str(), nullptr);
      if (std::isfinite(real)) value = real;
    }
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::string fault_;
};

}  // namespace

bool ReadMessageJson(std::string_view text, json& value, std::string& fault) {
  Reader reader(text);
  if (reader.ReadWhole(value)) return true;
  fault = reader.fault();
  return false;
}

}  // namespace cellar
