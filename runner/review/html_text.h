// Text of jobs in HTML: escaped, and terminal colours as spans.
#pragma once

#include <string>
#include <string_view>

namespace cellar {

/// For text and for attributes in either kind of quotes: CleanText, with & < > " ' escaped.
std::string EscapeHtml(std::string_view text);

/// What TerminalText gives out where colours are kept, as spans: classes "b f i u s" (bold, faint,
/// italic, underlined, struck out), "c0" to "c15" and "g0" to "g15" (the palette, on text and
/// behind it), "rev" (reversed in default colours); any other colour as a style of its own.
std::string StyledHtml(std::string_view sgr_text);

}  // namespace cellar
