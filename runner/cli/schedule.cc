#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/cli/commands.h"
#include "runner/cli/gateway_choice.h"
#include "runner/job_loading.h"
#include "runner/review/schedule_text.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"
#include "runner/schedule_agenda.h"
#include "store/schedules.h"

namespace cellar {
namespace {

enum class Doing { kAdd, kList, kPause, kResume, kRemove };

struct ScheduleOptions {
  Doing doing = Doing::kList;
  std::vector<std::string> files;
  std::vector<std::string> assignments;
  std::vector<std::string> value_files;
  std::vector<std::string> names;
};

std::vector<std::string> NamesIn(const std::vector<ScheduleRecord>& schedules) {
  std::vector<std::string> names;
  for (const ScheduleRecord& record : schedules) names.push_back(record.schedule.name);
  return names;
}

/// By its name, or by the job file that it was added from.
const ScheduleRecord& ChooseSchedule(const std::vector<ScheduleRecord>& schedules,
                                     const std::string& argument) {
  const auto of_name =
      std::find_if(schedules.begin(), schedules.end(),
                   [&](const ScheduleRecord& record) { return record.schedule.name == argument; });
  if (of_name != schedules.end()) return *of_name;
  const std::string file = std::filesystem::absolute(argument).lexically_normal().string();
  const auto of_file =
      std::find_if(schedules.begin(), schedules.end(),
                   [&](const ScheduleRecord& record) { return record.schedule.job_file == file; });
  if (of_file != schedules.end()) return *of_file;
  throw Error(ErrorKind::kUsage,
              schedules.empty()
                  ? fmt::format("there is no schedule \"{}\", nor any other: `cellar schedule add "
                                "FILE` makes one of a job file with a [schedule]",
                                argument)
                  : fmt::format("there is no schedule \"{}\": {}", argument,
                                SuggestWord(argument, NamesIn(schedules), "schedules")));
}

ScheduleOutlook OutlookOf(const ScheduleRecord& record, TimePoint now) {
  return {record, NextFiring(record, now)};
}

void WriteSchedulesJson(Invocation& invocation, const std::vector<ScheduleOutlook>& outlooks) {
  nlohmann::ordered_json answer{{"schema_version", 1},
                                {"schedules", nlohmann::ordered_json::array()}};
  for (const auto& outlook : outlooks) answer["schedules"].push_back(ScheduleToJson(outlook));
  invocation.out.Write(answer.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

// --- add

std::optional<NewSchedule> LoadSchedule(Invocation& invocation, const std::string& path,
                                        const GivenValues& given) {
  JobLoading loading = LoadJob(path, given);
  if (loading.loaded && !loading.loaded->job.schedule) {
    loading.problems.push_back({path, 0, 0, "it has no [schedule]",
                                "say when, with cron = \"0 3 * * *\" in a table [schedule]"});
  }
  for (const Problem& problem : loading.problems) {
    invocation.err.Write(PlainLine(ToString(problem)) + "\n");
  }
  if (!loading.problems.empty()) return std::nullopt;
  ChooseGateway(invocation, &*loading.loaded);
  NewRun run = SubmissionOf(*loading.loaded);
  std::string name = run.job.name;
  return NewSchedule{std::move(name), std::move(run.job), std::move(run.job_file),
                     std::move(run.job_sha256)};
}

/// All of them, or none.
std::vector<NewSchedule> LoadSchedules(Invocation& invocation, const ScheduleOptions& options) {
  const GivenValues given = ReadGivenValues(options.assignments, options.value_files);
  std::vector<NewSchedule> schedules;
  std::map<std::string, std::string> file_of;
  bool sound = true;
  for (const std::string& path : options.files) {
    std::optional<NewSchedule> schedule = LoadSchedule(invocation, path, given);
    sound = sound && schedule;
    if (!schedule) continue;
    const auto [former, is_new] = file_of.emplace(schedule->name, path);
    if (!is_new) {
      invocation.err.Write(PlainLine(fmt::format(
                               "{}: its job is named {}, as that of {}: a schedule has the name of "
                               "its job, so give one of them another",
                               path, schedule->name, former->second)) +
                           "\n");
      sound = false;
    }
    schedules.push_back(std::move(*schedule));
  }
  if (!sound) schedules.clear();
  return schedules;
}

int Add(Invocation& invocation, const ScheduleOptions& options) {
  const std::vector<NewSchedule> schedules = LoadSchedules(invocation, options);
  if (schedules.empty()) return 2;
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  const std::vector<std::string> former = NamesIn(FindSchedules(store));
  for (const NewSchedule& schedule : schedules) PutSchedule(store, schedule, Now());
  const std::vector<ScheduleRecord> present = FindSchedules(store);
  std::vector<ScheduleOutlook> outlooks;
  for (const NewSchedule& schedule : schedules) {
    outlooks.push_back(OutlookOf(ChooseSchedule(present, schedule.name), Now()));
    if (invocation.json || invocation.quiet) continue;
    const bool is_new = std::find(former.begin(), former.end(), schedule.name) == former.end();
    const auto& [record, next] = outlooks.back();
    invocation.out.Write(fmt::format("schedule {}: {}, {}\n", schedule.name,
                                     is_new ? "added" : "replaced",
                                     record.paused ? "still paused"
                                     : next        ? "next " + FormatLocal(*next)
                                                   : "never due"));
  }
  if (invocation.json) WriteSchedulesJson(invocation, outlooks);
  return 0;
}

// --- list, pause, resume, remove

int List(Invocation& invocation) {
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const TimePoint now = Now();
  std::vector<ScheduleOutlook> outlooks;
  for (const auto& record : FindSchedules(store)) outlooks.push_back(OutlookOf(record, now));
  if (invocation.json) {
    WriteSchedulesJson(invocation, outlooks);
    return 0;
  }
  for (const ScheduleOutlook& outlook : outlooks) invocation.out.Write(ScheduleText(outlook));
  if (outlooks.empty() && !invocation.quiet) invocation.err.Write("there are no schedules\n");
  return 0;
}

const char* WordFor(Doing doing) {
  return doing == Doing::kPause ? "paused" : doing == Doing::kResume ? "resumed" : "removed";
}

int Change(Invocation& invocation, const ScheduleOptions& options) {
  Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
  const std::vector<ScheduleRecord> schedules = FindSchedules(store);
  std::vector<ScheduleRecord> chosen;  // all are looked for before one is changed
  for (const std::string& name : options.names) chosen.push_back(ChooseSchedule(schedules, name));
  for (const ScheduleRecord& record : chosen) {
    const std::string& name = record.schedule.name;
    if (options.doing == Doing::kPause) PauseSchedule(store, name);
    if (options.doing == Doing::kResume) ResumeSchedule(store, name, Now());
    if (options.doing == Doing::kRemove) RemoveSchedule(store, name);
    if (invocation.json || invocation.quiet) continue;
    invocation.out.Write(fmt::format("schedule {}: {}\n", name, WordFor(options.doing)));
  }
  if (!invocation.json) return 0;
  std::vector<ScheduleOutlook> outlooks;
  for (const auto& record : FindSchedules(store)) outlooks.push_back(OutlookOf(record, Now()));
  WriteSchedulesJson(invocation, outlooks);
  return 0;
}

int Act(Invocation& invocation, const ScheduleOptions& options) {
  if (options.doing == Doing::kAdd) return Add(invocation, options);
  if (options.doing == Doing::kList) return List(invocation);
  return Change(invocation, options);
}

CLI::App* Define(CLI::App& app, ScheduleOptions* options, Doing doing, const std::string& name,
                 const std::string& summary) {
  CLI::App* sub = app.add_subcommand(name, summary);
  sub->fallthrough();  // the common flags are the command's
  sub->callback([options, doing] { options->doing = doing; });
  return sub;
}

void DefineChange(CLI::App& app, ScheduleOptions* options, Doing doing, const std::string& name,
                  const std::string& summary) {
  Define(app, options, doing, name, summary)
      ->add_option("NAME", options->names, "Schedules, or the job files they were added from")
      ->required();
}

}  // namespace

Action DefineSchedule(CLI::App& app) {
  auto options = std::make_shared<ScheduleOptions>();
  CLI::App* add = Define(app, options.get(), Doing::kAdd, "add",
                         "Submit jobs by the clock, as they are now; again: replace them");
  add->add_option("FILE", options->files, "Job files with a [schedule]; - is standard input")
      ->required();
  add->add_option("-p", options->assignments, "A parameter's value")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  add->add_option("-f", options->value_files, "A TOML or JSON file of such values")
      ->type_name("FILE")
      ->allow_extra_args(false);
  Define(app, options.get(), Doing::kList, "list", "All of them, with their last and next times");
  DefineChange(app, options.get(), Doing::kPause, "pause",
               "Let their times pass; none is made up for");
  DefineChange(app, options.get(), Doing::kResume, "resume", "Let them fire again, from now on");
  DefineChange(app, options.get(), Doing::kRemove, "remove", "Forget them; their runs stay");
  return [options](Invocation& invocation) { return Act(invocation, *options); };
}

}  // namespace cellar
