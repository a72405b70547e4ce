// Base64 as kernels send pictures in it. RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cellar {

std::string EncodeBase64(std::string_view bytes);

/// White space anywhere is passed over, missing padding is no fault. nullopt: it is not base64.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace cellar
