// RUN as an argument: a run's number, `last`, or `last:JOB`; where several runs are meant also
// `group:N`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/history.h"

namespace cellar {

/// Throws Error kUsage when it names no run.
RunRecord ChooseRun(const Store& store, const std::string& argument);

struct ChosenRun {
  RunRecord run;
  bool is_of_group = false;  // not named itself
};

/// In the order of the arguments, of a group by number; each once. Throws Error kUsage when one
/// names no run or a group that is not there.
std::vector<ChosenRun> ChooseRuns(const Store& store, const std::vector<std::string>& arguments);

/// Those that are there, in this order.
std::vector<RunRecord> FindEach(const Store& store, const std::vector<RunId>& ids);

/// Whether the text has the form of a RUN, whatever the store has.
bool LooksLikeRun(const std::string& argument);

/// "7" or "group:7". Throws Error kUsage for anything else, and when there is no such group.
GroupId ChooseGroup(const Store& store, const std::string& argument);

}  // namespace cellar
