// The store's schema as numbered steps, forward only. A landed one is never edited.
#pragma once

#include <cstdint>
#include <span>

namespace cellar {

/// "CELR": written in the head of every store, tells it from other SQLite files.
inline constexpr std::int64_t kApplicationId = 0x43454C52;

/// The SQL that leads from version N to N + 1 stands at N. Each is run in one transaction.
std::span<const char* const> Migrations();

}  // namespace cellar
