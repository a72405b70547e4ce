// What became of one cell, judged by the kernel's reply. Pure.
#pragma once

#include <optional>
#include <string>

#include "jobs/job.h"
#include "jobs/state.h"
#include "runner/cell_execution.h"

namespace cellar {

struct CellVerdict {
  CellState state = CellState::kSucceeded;
  std::optional<CellReason> reason;
  std::string message;
  std::optional<RunReason> run_reason;  // why the run fails; nullopt: it does not
  bool ends_attempt = false;            // whatever on_error says
};

/// The verdict on a cell whose reply came.
CellVerdict JudgeReply(const Cell& cell, const CellExecution& execution, bool strict_outputs);

}  // namespace cellar
