// Runs the parameter cells in the languages' own interpreters, and compares what they then hold.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "jobs/parameters.h"
#include "tests/jobs/interpreter.h"

namespace cellar {
namespace {

std::string Hex(std::string_view text) {
  std::string hex;
  for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

// As the interpreters write values below: kinds and bytes, nothing that depends on printing.
std::string Canonical(const Value& value) {
  if (value.is_string()) return "s" + Hex(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_float()) {
    const auto number = value.get<double>();
    std::uint64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    return fmt::format("f{:016x}", bits);
  }
  if (value.is_number()) return "i" + value.dump();
  std::string text = value.is_array() ? "[" : "{";
  for (const auto& item : value.items()) {
    if (value.is_object()) text += Hex(item.key()) + ":";
    text += Canonical(item.value()) + ",";
  }
  return text + (value.is_array() ? "]" : "}");
}

struct Values {
  std::vector<Parameter> parameters;

  void Add(Value value) {
    parameters.push_back({fmt::format("p{}", parameters.size()), std::move(value), {}});
  }
  std::string Names() const {
    std::string names;
    for (const Parameter& parameter : parameters) names += parameter.name + " ";
    return names;
  }
  std::string Expected() const {
    std::string lines;
    for (const Parameter& parameter : parameters) lines += Canonical(*parameter.value) + "\n";
    return lines;
  }
};

// Each character below U+0100 alone and between letters, and what languages treat specially.
void AddTexts(int first, Values* values) {
  std::string all;
  for (int code = first; code < 256; ++code) {
    std::string character = code < 0x80 ? std::string(1, static_cast<char>(code))
                                        : std::string{static_cast<char>(0xC0 | (code >> 6)),
                                                      static_cast<char>(0x80 | (code & 0x3F))};
    values->Add("a" + character + "1f");
    all += character;
  }
  values->Add(all);
  for (const char* text : {"",
                           " ",
                           "NA",
                           "NULL",
                           "True",
                           "a\r\nb\n",
                           "$HOME `id` $(id) ${x}",
                           "%d %s %%",
                           "\\n\\x41\\",
                           "'''\"\"\"'''",
                           "{x} #{x}",
                           "é€😀\xE2\x80\xA8\xE2\x80\xA9\xEF\xBB\xBF",
                           "!!",
                           "*",
                           "~",
                           "-n",
                           "# no comment",
                           "\\u0041\\U00000041",
                           "\"\\",
                           "'\\"}) {
    values->Add(text);
  }
}

void AddFloats(Values* values) {
  for (const double number :
       {0.0, -0.0, 0.1, 5.0, 1e15, 1e16, 1e22, 1e23, 123456789.125, 0.1 + 0.2, 2.0 / 3, 1e-7, 1e300,
        std::numeric_limits<double>::max(), std::numeric_limits<double>::min(),
        std::numeric_limits<double>::denorm_min(), 9007199254740993.0, 2.2250738585072011e-308}) {
    values->Add(number);
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t bits = random();
    double number;
    std::memcpy(&number, &bits, sizeof number);
    if (std::isfinite(number)) values->Add(number);
    values->Add(static_cast<double>(bits % 1'000'000'000) / 1e5);
  }
}

void AddStructures(Values* values) {
  values->Add(Value::array());
  values->Add(Value::object());
  values->Add(Value::array({1, "a b", true, Value::array({2, 3}), Value::object()}));
  values->Add(Value{{"b", 1}, {"a", Value::array({"x", "y"})}, {"t", {{"é", "ü"}}}});
  values->Add(Value{{"a b", 1}, {"$x", "y"}, {"]", 2}, {"'", 3}, {"\\", 4}, {"\"", 5}});
  Value deep = 1;
  for (int i = 0; i < 16; ++i) deep = Value::array({Value{{"k", deep}, {"l", "x"}}, "y"});
  values->Add(deep);
}

std::string Code(const std::string& language, const Values& values, const std::string& before,
                 const std::string& after) {
  return before + *RenderParameters(language, values.parameters) + "\n" + after;
}

constexpr std::string_view kPythonShow = R"~(
import struct, sys
def show(v):
    if isinstance(v, str): return "s" + v.encode("utf-8").hex()
    if isinstance(v, bool): return "true" if v else "false"
    if isinstance(v, int): return "i%d" % v
    if isinstance(v, float): return "f" + struct.pack(">d", v).hex()
    if isinstance(v, list): return "[" + "".join(show(e) + "," for e in v) + "]"
    return "{" + "".join(k.encode("utf-8").hex() + ":" + show(e) + "," for k, e in v.items()) + "}"
for name in NAMES.split(): print(show(globals()[name]))
)~";

TEST(RenderedCodeTest, PythonHoldsTheSame) {
  Values values;
  AddTexts(0, &values);
  AddFloats(&values);
  AddStructures(&values);
  values.Add(true);
  values.Add(std::numeric_limits<std::int64_t>::max());
  values.Add(std::numeric_limits<std::int64_t>::min());
  values.Add(Value{{"", std::string("\0", 1)}});
  const std::string names = "\nNAMES = '" + values.Names() + "'\n";
  EXPECT_EQ(
      OutputOf("/usr/bin/python3", Code("python", values, "", names + std::string(kPythonShow))),
      values.Expected());
}

// R has no scalars: a list of one element is the element.
Value WithoutLonelyElements(const Value& value) {
  if (!value.is_structured()) return value;
  Value result = value.is_array() ? Value::array() : Value::object();
  for (const auto& item : value.items()) {
    Value element = WithoutLonelyElements(item.value());
    if (value.is_array()) {
      result.push_back(std::move(element));
    } else {
      result[item.key()] = std::move(element);
    }
  }
  const bool is_lonely = value.is_array() && value.size() == 1 && !value[0].is_structured();
  return is_lonely ? result[0] : result;
}

constexpr std::string_view kRShow = R"~(
hex <- function(s) paste(as.character(charToRaw(enc2utf8(s))), collapse = "")
one <- function(v) {
  if (is.character(v)) paste0("s", hex(v))
  else if (is.logical(v)) if (v) "true" else "false"
  else if (is.integer(v)) paste0("i", v)
  else paste0("f", paste(as.character(writeBin(v, raw(), endian = "big")), collapse = ""))
}
show <- function(v) {
  if (!is.list(v) && length(v) == 1) return(one(v))
  elements <- lapply(v, show)
  keys <- if (is.null(names(v))) "" else paste0(vapply(names(v), hex, ""), ":")
  if (length(v) == 0) return(if (is.null(names(v))) "[]" else "{}")
  body <- paste0(keys, elements, ",", collapse = "")
  if (is.null(names(v))) paste0("[", body, "]") else paste0("{", body, "}")
}
for (name in NAMES) cat(show(get(name)), "\n", sep = "")
)~";

TEST(RenderedCodeTest, RHoldsTheSame) {
  Values values;
  AddTexts(1, &values);
  AddFloats(&values);
  AddStructures(&values);
  values.Add(true);
  values.Add(std::numeric_limits<std::int32_t>::max());
  values.Add(Value{{"", 1}, {"if", 2}});
  std::string names;
  std::string expected;
  for (const Parameter& parameter : values.parameters) {
    names += (names.empty() ? "\"" : ", \"") + parameter.name + "\"";
    expected += Canonical(WithoutLonelyElements(*parameter.value)) + "\n";
  }
  const std::string code =
      Code("r", values, "", "NAMES <- c(" + names + ")\n" + std::string(kRShow));
  EXPECT_EQ(OutputOf("Rscript --vanilla", code), expected);
}

// bash holds texts alone: lists and tables of texts and numbers.
std::string ShellText(const Value& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

constexpr std::string_view kBashShow = R"~(
show() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
for name in $NAMES; do
  declare -n v=$name
  if [[ ${v@a} == *A* ]]; then
    keys=()
    (( ${#v[@]} )) && mapfile -d '' -t keys < <(printf '%s\0' "${!v[@]}" | sort -z)
    for k in "${keys[@]}"; do show "$k"; printf :; show "${v[$k]}"; printf ,; done
  elif [[ ${v@a} == *a* ]]; then
    for e in "${v[@]}"; do show "$e"; printf ,; done
  else
    show "$v"
  fi
  echo
  unset -n v
done
)~";

std::string ExpectedOfBash(const Value& value) {
  if (!value.is_structured()) return Hex(ShellText(value));
  std::map<std::string, std::string> sorted;
  std::string text;
  for (const auto& item : value.items()) {
    const std::string element = Hex(ShellText(item.value())) + ",";
    text += element;
    sorted[item.key()] = Hex(item.key()) + ":" + element;
  }
  if (value.is_array()) return text;
  text = "";
  for (const auto& [key, element] : sorted) text += element;
  return text;
}

TEST(RenderedCodeTest, BashHoldsTheSame) {
  Values values;
  AddTexts(1, &values);
  AddStructures(&values);
  values.Add(2.5);
  values.Add(std::numeric_limits<std::int64_t>::min());
  values.Add(false);
  values.Add(Value::array({"", "a\nb", "c'd", "*"}));
  values.Add(Value{{"a\nb", "x\ny"}, {"@", 1}, {"*", 2}, {"é", "!"}});
  std::string expected;
  for (const Parameter& parameter : values.parameters) {
    expected += ExpectedOfBash(*parameter.value) + "\n";
  }
  const std::string code =
      Code("bash", values, "", "NAMES='" + values.Names() + "'\n" + std::string(kBashShow));
  EXPECT_EQ(OutputOf("bash --norc", code), expected);
}

}  // namespace
}  // namespace cellar
