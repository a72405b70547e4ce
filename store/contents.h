// Texts that are stored once by their content: job definitions, sources, large output bodies.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/database.h"

namespace cellar {

/// Stores `text` unless it is there already; returns its row. Within a write transaction.
std::int64_t StoreContent(Database& database, std::string_view text);

/// Throws Error (kStore) when it is missing or damaged.
std::string ReadContent(Database& database, std::int64_t content);

/// Removes it when nothing refers to it any more. Within a write transaction.
void DropContent(Database& database, std::int64_t content);

/// The text of a stored piece. Throws Error (kStore) naming the file when the piece is damaged.
std::string UnpackOrFail(const Database& database, std::string_view encoding, std::string data,
                         std::uint64_t size);

}  // namespace cellar
