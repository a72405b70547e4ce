// A run for people who read it in a terminal or a mail: whole, or what a failure needs.
#pragma once

#include <string>
#include <vector>

#include "runner/review/text_sink.h"
#include "store/history.h"

namespace cellar {

struct TextLook {
  bool colours = false;
  int columns = 0;              // of the terminal; 0: no limit
  std::string store_flag = {};  // --store as it was given, for the commands that a text names
};

/// Header, parameters, and each cell with its source, state, time and outputs as text; a cell at a
/// time.
void WriteRunText(const Store& store, const RunRecord& run, const TextLook& look,
                  const TextSink& sink);

/// The same of `cells` alone.
void WriteRunText(const Store& store, const RunRecord& run, const std::vector<CellRecord>& cells,
                  const TextLook& look, const TextSink& sink);

/// What somebody needs who hears that the run failed: the cell, its source with the failing line
/// marked, the traceback, the last of its output, and the command that shows the rest. Nothing for
/// a run that succeeded.
void WriteFailureText(const Store& store, const RunRecord& run, const TextLook& look,
                      const TextSink& sink);

}  // namespace cellar
