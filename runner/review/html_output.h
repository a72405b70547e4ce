// Outputs as HTML that can do nothing to the page around them nor to its reader. What a kernel sent
// is hostile: HTML stands in a frame that runs no script, has no origin and may load nothing;
// SVG is a picture; scripts are never shown.
#pragma once

#include <string>
#include <string_view>

#include "store/records.h"

namespace cellar {

/// One output, as an element or several. `label` names it for those who cannot see it: "output 2 of
/// cell 3". The page's style sheet knows the classes (html_page.css).
std::string OutputHtml(const OutputRecord& output, const std::string& label);

/// A document of its own for an HTML output, for a frame or a route that is sandboxed as well.
std::string SandboxedDocument(std::string_view html);

}  // namespace cellar
