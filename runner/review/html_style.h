// The style sheet of exported pages: html_page.css, which CMake makes a part of the program.
#pragma once

#include <string_view>

namespace cellar {

extern const std::string_view kHtmlPageStyle;

}  // namespace cellar
