// A run as a Jupyter notebook: nbformat 4.5, with the timing keys that nbclient and papermill
// write.
#pragma once

#include "runner/review/text_sink.h"
#include "store/history.h"

namespace cellar {

/// Writes the notebook a cell at a time.
void WriteNotebook(const Store& store, const RunRecord& run, const TextSink& sink);

}  // namespace cellar
