// A run as Markdown: for an issue, a wiki, a CI system's summary.
#pragma once

#include <string>

#include "runner/review/text_sink.h"
#include "store/history.h"

namespace cellar {

/// Header, table of cells, and each cell with its source and outputs, a cell at a time. What jobs
/// wrote stands in code blocks, so that it can neither be obeyed nor change what is around it;
/// pictures stand in the file itself, as data: URLs.
void WriteMarkdownReport(const Store& store, const RunRecord& run, const TextSink& sink);

/// The short form: header, table of cells, and what the failure needs, of at most `most` bytes.
std::string MarkdownSummary(const Store& store, const RunRecord& run, std::size_t most);

}  // namespace cellar
