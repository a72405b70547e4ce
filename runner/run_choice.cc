#include "runner/run_choice.h"

#include <fmt/format.h>

#include <set>

#include "jobs/error.h"
#include "jobs/number_text.h"

namespace cellar {
namespace {

constexpr std::string_view kLast = "last";
constexpr std::string_view kLastOf = "last:";
constexpr std::string_view kGroup = "group:";

[[noreturn]] void RefuseRun(const std::string& message) { throw Error(ErrorKind::kUsage, message); }

/// nullopt: it is no number from 1.
std::optional<std::int64_t> ReadNumber(std::string_view text) {
  const auto number = NumberOf<std::int64_t>(text);
  return number && *number >= 1 ? number : std::nullopt;
}

RunId ChooseLast(const Store& store, const std::string& job) {
  const auto id = LastRun(store, job);
  if (id) return *id;
  if (job.empty()) RefuseRun(fmt::format("{}: there is no run yet", store.file().string()));
  RefuseRun(fmt::format("{}: there is no run of the job \"{}\": see cellar runs",
                        store.file().string(), job));
}

RunId ChooseNumber(const std::string& argument) {
  const auto number = ReadNumber(argument);
  if (number) return RunId{*number};
  if (argument.starts_with(kGroup)) {
    RefuseRun(fmt::format("{} names several runs: give one; cellar runs --group {} lists them",
                          argument, argument.substr(kGroup.size())));
  }
  RefuseRun(fmt::format("\"{}\" names no run: give its number, last, or last:JOB", argument));
}

}  // namespace

RunRecord ChooseRun(const Store& store, const std::string& argument) {
  const RunId id = argument == kLast ? ChooseLast(store, "")
                   : argument.starts_with(kLastOf)
                       ? ChooseLast(store, argument.substr(kLastOf.size()))
                       : ChooseNumber(argument);
  auto run = FindRun(store, id);
  if (run) return std::move(*run);
  const auto newest = LastRun(store, "");
  RefuseRun(newest ? fmt::format("there is no run {}: the newest is {}", id.value, newest->value)
                   : fmt::format("{}: there is no run yet", store.file().string()));
}

std::vector<ChosenRun> ChooseRuns(const Store& store, const std::vector<std::string>& arguments) {
  std::vector<ChosenRun> chosen;
  std::set<RunId> taken;
  for (const std::string& argument : arguments) {
    if (!argument.starts_with(kGroup)) {
      RunRecord run = ChooseRun(store, argument);
      if (taken.insert(run.id).second) chosen.push_back({std::move(run), false});
      continue;
    }
    RunFilter filter;
    filter.group = ChooseGroup(store, argument);
    filter.limit = 0;
    std::vector<RunRecord> runs = FindRuns(store, filter);
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {  // they are newest first
      if (taken.insert(run->id).second) chosen.push_back({std::move(*run), true});
    }
  }
  return chosen;
}

std::vector<RunRecord> FindEach(const Store& store, const std::vector<RunId>& ids) {
  std::vector<RunRecord> runs;
  for (const RunId id : ids) {
    if (auto run = FindRun(store, id)) runs.push_back(std::move(*run));
  }
  return runs;
}

bool LooksLikeRun(const std::string& argument) {
  return argument == kLast || argument.starts_with(kLastOf) || argument.starts_with(kGroup) ||
         ReadNumber(argument).has_value();
}

GroupId ChooseGroup(const Store& store, const std::string& argument) {
  const std::string text = argument.starts_with(kGroup) ? argument.substr(kGroup.size()) : argument;
  const auto number = ReadNumber(text);
  if (!number) RefuseRun(fmt::format("\"{}\" names no group: give group:NUMBER", argument));
  const GroupId group{*number};
  if (CountRuns(store, group).empty()) {
    RefuseRun(fmt::format("there is no group {}: cellar submit --sweep makes one", group.value));
  }
  return group;
}

}  // namespace cellar
