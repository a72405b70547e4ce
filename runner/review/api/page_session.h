// The session: what a browser or a program must know to be let in. Kept beside the store, so that
// a restart signs nobody out; 0600, as the store is.
#pragma once

#include <filesystem>
#include <string>

namespace cellar {

struct PageSession {
  std::string secret;          // 64 hexadecimal digits
  std::filesystem::path file;  // empty: it could not be kept
};

/// That of the store, made where there is none if `makes_file`. Where it is not, or cannot be: one
/// for this process alone. Throws Error (kStore) when the file holds none, or others may read it.
PageSession SessionOf(const std::filesystem::path& store, bool makes_file);

}  // namespace cellar
