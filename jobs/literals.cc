#include "jobs/literals.h"

#include <fmt/format.h>

#include <cstdint>
#include <limits>

#include "jobs/listed.h"
#include "jobs/value.h"

namespace cellar {
namespace {

constexpr std::int64_t kLeastInteger = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMostExact = std::int64_t{1} << 53;  // of a double

std::string CString(std::string_view text, std::string_view backslashed, std::string_view control) {
  return '"' + Escaped(text, backslashed, control) + '"';
}

std::string PythonText(std::string_view text) { return CString(text, "\\\"", "\\x{:02x}"); }

std::string JuliaText(std::string_view text) { return CString(text, "\\\"$", "\\u{:04x}"); }

// U+2028 and U+2029 end a line in JavaScript before ES2019.
std::string JavascriptText(std::string_view text) {
  std::string literal = CString(text, "\\\"", "\\u{:04x}");
  for (const auto& [raw, escape] :
       {std::pair("\xE2\x80\xA8", "\\u2028"), std::pair("\xE2\x80\xA9", "\\u2029")}) {
    for (std::size_t at = 0; (at = literal.find(raw, at)) != std::string::npos;) {
      literal.replace(at, 3, escape);
    }
  }
  return literal;
}

bool IsBeyondDouble(std::int64_t number) { return number > kMostExact || number < -kMostExact; }

}  // namespace

std::string Escaped(std::string_view text, std::string_view backslashed, std::string_view control) {
  std::string escaped;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (backslashed.find(c) != std::string_view::npos) {
      escaped += '\\';
      escaped += c;
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\r') {
      escaped += "\\r";
    } else if (c == '\t') {
      escaped += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      escaped += fmt::format(fmt::runtime(control), code);
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string DecimalFloat(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string PythonLiteral(const Value& value) {
  if (value.is_string()) return PythonText(value.get_ref<const std::string&>());
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_number_float()) return DecimalFloat(value.get<double>());
  if (value.is_array()) {
    return Listed(value, "[", ", ", "]",
                  [](const auto&, const Value& element) { return PythonLiteral(element); });
  }
  if (value.is_object()) {
    return Listed(value, "{", ", ", "}", [](const std::string& key, const Value& element) {
      return PythonText(key) + ": " + PythonLiteral(element);
    });
  }
  return value.dump();
}

std::string JuliaLiteral(const Value& value) {
  if (value.is_string()) return JuliaText(value.get_ref<const std::string&>());
  if (value.is_number_float()) return DecimalFloat(value.get<double>());
  if (value.is_array()) {
    // Without Any, Julia makes floats of integers that stand beside floats.
    const ElementKind kind = KindOfElements(value);
    const bool is_any = kind == ElementKind::kMixed || kind == ElementKind::kNumbers;
    return Listed(value, is_any ? "Any[" : "[", ", ", "]",
                  [](const auto&, const Value& element) { return JuliaLiteral(element); });
  }
  if (value.is_object()) {
    return Listed(value, "Dict{String, Any}(", ", ", ")",
                  [](const std::string& key, const Value& element) {
                    return JuliaText(key) + " => " + JuliaLiteral(element);
                  });
  }
  // Its positive part is no Int64.
  if (value.is_number() && value.get<std::int64_t>() == kLeastInteger) return "typemin(Int64)";
  return value.dump();
}

std::string JavascriptLiteral(const Value& value) {
  if (value.is_string()) return JavascriptText(value.get_ref<const std::string&>());
  if (value.is_number_float()) return DecimalFloat(value.get<double>());
  if (value.is_number() && IsBeyondDouble(value.get<std::int64_t>())) return value.dump() + "n";
  if (value.is_array()) {
    return Listed(value, "[", ", ", "]",
                  [](const auto&, const Value& element) { return JavascriptLiteral(element); });
  }
  if (value.is_object()) {
    // In brackets, "__proto__" is a key like others.
    return Listed(value, "{", ", ", "}", [](const std::string& key, const Value& element) {
      const std::string text = JavascriptText(key);
      return (key == "__proto__" ? "[" + text + "]" : text) + ": " + JavascriptLiteral(element);
    });
  }
  return value.dump();
}

}  // namespace cellar
