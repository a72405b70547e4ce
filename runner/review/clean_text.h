// Text from jobs as XML, HTML and any text file can hold it.
#pragma once

#include <string>
#include <string_view>

namespace cellar {

/// Valid UTF-8 whose only control characters are tab and line end. What is not, and characters that
/// XML 1.0 (2.2, "Char") forbids, are U+FFFD.
std::string CleanText(std::string_view bytes);

/// For a line of ours: PlainLine without what XML forbids.
std::string CleanLine(std::string_view bytes);

}  // namespace cellar
