// A cell's source as HTML, a line an element.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cellar {

/// The content of a <code>: "<span class=\"l\">…</span>" a line, "l bad" for line `failing` (from
/// 1). `language`: of the kernel; what is known of Python's words, texts and comments is marked
/// with the classes k (keyword), q (quoted), n (number) and r (remark); any other is left plain.
std::string SourceHtml(std::string_view source, std::string_view language,
                       std::optional<int> failing);

}  // namespace cellar
