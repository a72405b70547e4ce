// A run as one HTML file with everything inside: for a mail, an archive, a CI system's artefacts.
// It loads nothing and runs no script; it follows the reader's theme, fits a phone and prints.
#pragma once

#include "runner/review/text_sink.h"
#include "store/history.h"

namespace cellar {

/// A cell at a time.
void WriteHtmlPage(const Store& store, const RunRecord& run, const TextSink& sink);

}  // namespace cellar
