// The text of kernel_forks.py and embedded_gateway.py, which the build puts into the program.
#pragma once

#include <string_view>

namespace cellar {

extern const std::string_view kEmbeddedGatewayScript;

}  // namespace cellar
