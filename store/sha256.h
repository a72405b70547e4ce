// SHA-256 of a text, for telling contents apart.
#pragma once

#include <string>
#include <string_view>

namespace cellar {

/// 64 lower-case hexadecimal digits.
std::string Sha256(std::string_view text);

}  // namespace cellar
