// Text of jobs within Markdown that is ours.
#pragma once

#include <string>
#include <string_view>

namespace cellar {

/// For a line of text or a table's cell: on one line, with everything escaped that Markdown or HTML
/// would obey.
std::string EscapeMarkdown(std::string_view text);

/// A fenced code block that nothing in `text` can end, with its line ends.
std::string FencedBlock(std::string_view text, std::string_view language = "");

/// Code within a line, on one line, however many backticks it has.
std::string CodeSpan(std::string_view text);

}  // namespace cellar
