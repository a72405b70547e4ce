// Sequences that set a colour, as SGR has them (ECMA-48, 8.3.117).
#pragma once

namespace cellar {

constexpr const char* kRed = "\x1b[31m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kCyan = "\x1b[36m";

}  // namespace cellar
