// Colours and weight of characters on a terminal: what SGR sequences set.
// Source: ECMA-48 8.3.117; xterm for 256 and direct colours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cellar {

struct TextStyle {
  std::uint32_t foreground = 0;  // 0: the default; 1 to 256: palette + 1; else kDirect + RGB
  std::uint32_t background = 0;
  std::uint8_t attributes = 0;

  static constexpr std::uint32_t kDirect = 0x1000000;

  bool operator==(const TextStyle&) const = default;

  /// Obeys `ESC [ parameters m`. Blinking and hiding are left out on purpose.
  void Apply(std::string_view parameters);

  /// The sequence that sets this style, whatever was set before.
  std::string Sequence() const;
};

}  // namespace cellar
