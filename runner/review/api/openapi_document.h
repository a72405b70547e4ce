// openapi.json as a part of the program. CMake writes its definition.
#pragma once

#include <string_view>

namespace cellar {

extern const std::string_view kOpenApiDocument;

}  // namespace cellar
