#include "runner/review/text_style.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

namespace cellar {
namespace {

struct Attribute {
  std::uint8_t bit;
  int on;
  int off;
};
constexpr std::array<Attribute, 6> kAttributes{{{1, 1, 22},     // bold
                                                {2, 2, 22},     // faint
                                                {4, 3, 23},     // italic
                                                {8, 4, 24},     // underlined
                                                {16, 7, 27},    // reversed
                                                {32, 9, 29}}};  // struck out

/// "1;38:5:4" as {{1}, {38, 5, 4}}; a missing number is 0, none is larger than 65,535.
std::vector<std::vector<int>> ReadParameters(std::string_view text) {
  std::vector<std::vector<int>> parameters{{0}};
  for (const char c : text) {
    int& number = parameters.back().back();
    if (c == ';') {
      parameters.push_back({0});
    } else if (c == ':') {
      parameters.back().push_back(0);
    } else if (number < 6553) {
      number = number * 10 + (c - '0');
    }
  }
  return parameters;
}

std::uint32_t Direct(int red, int green, int blue) {
  return TextStyle::kDirect + ((red & 0xff) << 16 | (green & 0xff) << 8 | (blue & 0xff));
}

/// The colour of "5;N" or "2;R;G;B" in `numbers` from `at`, and how many of them it took.
std::pair<std::uint32_t, std::size_t> ReadColour(const std::vector<int>& numbers, std::size_t at) {
  const std::size_t left = numbers.size() - at;
  if (left >= 2 && numbers[at] == 5) return {1 + (numbers[at + 1] & 0xff), 2};
  if (left >= 4 && numbers[at] == 2) {
    return {Direct(numbers[at + 1], numbers[at + 2], numbers[at + 3]), 4};
  }
  return {0, left};
}

/// The same within one parameter: 38:5:N, 38:2:R:G:B, and 38:2:SPACE:R:G:B with a colour space.
std::uint32_t ReadColour(const std::vector<int>& parts) {
  const std::size_t size = parts.size();
  if (size >= 3 && parts[1] == 5) return 1 + (parts[2] & 0xff);
  if (size == 5 && parts[1] == 2) return Direct(parts[2], parts[3], parts[4]);
  if (size >= 6 && parts[1] == 2) return Direct(parts[3], parts[4], parts[5]);
  return 0;
}

void ApplyNumber(int number, TextStyle* style) {
  for (const Attribute& attribute : kAttributes) {
    if (number == attribute.on) style->attributes |= attribute.bit;
    if (number == attribute.off) style->attributes &= static_cast<std::uint8_t>(~attribute.bit);
  }
  const auto palette = [](int index) { return static_cast<std::uint32_t>(1 + index); };
  if (number == 0) *style = TextStyle();
  if (number == 39) style->foreground = 0;
  if (number == 49) style->background = 0;
  if (number >= 30 && number <= 37) style->foreground = palette(number - 30);
  if (number >= 40 && number <= 47) style->background = palette(number - 40);
  if (number >= 90 && number <= 97) style->foreground = palette(number - 90 + 8);
  if (number >= 100 && number <= 107) style->background = palette(number - 100 + 8);
}

/// `base`: 30 for the foreground, 40 for the background.
std::string ColourCode(std::uint32_t colour, int base) {
  if (colour == 0) return "";
  if (colour >= TextStyle::kDirect) {
    return fmt::format(";{};2;{};{};{}", base + 8, colour >> 16 & 0xff, colour >> 8 & 0xff,
                       colour & 0xff);
  }
  const int index = static_cast<int>(colour) - 1;
  if (index < 8) return fmt::format(";{}", base + index);
  if (index < 16) return fmt::format(";{}", base + 60 + index - 8);
  return fmt::format(";{};5;{}", base + 8, index);
}

}  // namespace

void TextStyle::Apply(std::string_view text) {
  const auto parameters = ReadParameters(text);
  std::vector<int> numbers;
  numbers.reserve(parameters.size());
  for (const auto& parts : parameters) numbers.push_back(parts.front());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const int number = numbers[i];
    if (number != 38 && number != 48) {
      ApplyNumber(number, this);
      continue;
    }
    std::uint32_t& colour = number == 38 ? foreground : background;
    if (parameters[i].size() > 1) {
      colour = ReadColour(parameters[i]);
    } else {
      const auto [value, taken] = ReadColour(numbers, i + 1);
      colour = value;
      i += taken;
    }
  }
}

std::string TextStyle::Sequence() const {
  std::string codes = "0";
  for (const Attribute& attribute : kAttributes) {
    if ((attributes & attribute.bit) != 0) codes += fmt::format(";{}", attribute.on);
  }
  return "\x1b[" + codes + ColourCode(foreground, 30) + ColourCode(background, 40) + "m";
}

}  // namespace cellar
