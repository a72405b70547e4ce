// Durations and sizes as people write them: "250ms", "90s", "30m", "2h", "1h30m"; "16MiB", "64kB".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cellar {

/// nullopt for anything else: no unit, a sign, a unit out of order, an overflow.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);

/// The text in largest units that ParseDuration reads back: "1h30m", "250ms", "0s". Not for
/// negative ones.
std::string FormatDuration(std::chrono::milliseconds duration);

/// Bytes; units B, kB, MB, GB (1000) and KiB, MiB, GiB (1024); a bare number is bytes.
std::optional<std::uint64_t> ParseByteSize(std::string_view text);

/// For people: "512 B", "1.5 MiB".
std::string FormatByteSize(std::uint64_t bytes);

}  // namespace cellar
