// Markdown of jobs as HTML that can do nothing: what looks like HTML is text, links lead only to
// the web and to mail, pictures are only those that the text itself holds.
#pragma once

#include <string>
#include <string_view>

namespace cellar {

/// CommonMark with tables, struck-out text and task lists; formulas stay as they are written.
std::string MarkdownHtml(std::string_view markdown);

}  // namespace cellar
