// Text as it lies in the store: as it is, or compressed where that helps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cellar {

struct Packed {
  std::string_view encoding;  // the schema's word: `text` or `zstd`
  std::string data;
};

/// Compresses more than 4 KiB; less stays readable for any SQLite client.
Packed Pack(std::string_view text);

/// The inverse. `size`: of the text. nullopt for what Pack did not make.
std::optional<std::string> Unpack(std::string_view encoding, std::string data, std::uint64_t size);

}  // namespace cellar
