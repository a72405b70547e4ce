#include "runner/review/base64.h"

#include <array>
#include <cstdint>

namespace cellar {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kSpace = 0xfe;
constexpr std::uint8_t kNone = 0xff;

/// What each byte is worth as a digit.
constexpr std::array<std::uint8_t, 256> DigitValues() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNone;
  for (const char space : {' ', '\t', '\r', '\n'})
    values[static_cast<unsigned char>(space)] = kSpace;
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto kValues = DigitValues();

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    }
    for (int digit = 3; digit >= 0; --digit) {
      text.push_back(kDigits[group >> (6 * digit) & 63]);
    }
  }
  const std::size_t left = bytes.size() % 3;
  if (left > 0) text.replace(text.size() - (3 - left), 3 - left, 3 - left, '=');
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  while (!text.empty() &&
         (text.back() == '=' || kValues[static_cast<unsigned char>(text.back())] == kSpace)) {
    text.remove_suffix(1);
  }
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;  // of `bits` that are not in `bytes` yet
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kSpace) continue;
    if (value == kNone) return std::nullopt;
    bits = bits << 6 | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xff));
  }
  if (count == 6) return std::nullopt;  // one digit alone holds no byte
  return bytes;
}

}  // namespace cellar
