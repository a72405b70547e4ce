#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "jobs/error.h"
#include "runner/cli/commands.h"
#include "runner/cli/time_arguments.h"
#include "runner/review/json_dump.h"
#include "runner/review/removal_text.h"
#include "store/search_index.h"

namespace cellar {
namespace {

struct GcOptions {
  std::string keep;
  std::optional<int> keep_last;
  std::string job;
  bool dry_run = false;
};

RemovalRule RuleOf(const GcOptions& options) {
  if (options.keep.empty() && !options.keep_last) {
    throw Error(ErrorKind::kUsage,
                "gc: say what to keep: --keep 90d, --keep-last 20, or both; --dry-run tries it");
  }
  if (options.keep_last.value_or(0) < 0) {
    throw Error(ErrorKind::kUsage, "gc: --keep-last: a number from 0, please");
  }
  return {ReadMoment("gc: --keep", options.keep), options.keep_last.value_or(0), options.job};
}

RemovalReport Look(const Store& store, const RemovalRule& rule) {
  RemovalReport report;
  report.is_dry = true;
  report.runs = FindRemovable(store, rule);
  report.jobs = RemovalsByJob(SizesOfRuns(store, rule.job), report.runs);
  report.size_before = report.size_after = StoreSize(store);
  return report;
}

RemovalReport Remove(Store& store, const RemovalRule& rule) {
  RemovalReport report;
  const std::vector<RunSize> sizes = SizesOfRuns(store, rule.job);
  report.size_before = StoreSize(store);
  report.runs = RemoveRuns(store, FindRemovable(store, rule));
  report.jobs = RemovalsByJob(sizes, report.runs);
  TidySearchIndex(store);
  GiveBackSpace(store);
  report.size_after = StoreSize(store);
  return report;
}

/// A store that is not there is not made.
RemovalReport LookOrRemove(const std::filesystem::path& file, const RemovalRule& rule,
                           bool is_dry) {
  const Store reader = Store::Open(file, StoreMode::kReadOnly);
  if (is_dry) return Look(reader, rule);
  Store store = Store::Open(file, StoreMode::kReadWrite);
  return Remove(store, rule);
}

int Gc(Invocation& invocation, const GcOptions& options) {
  const RemovalReport report =
      LookOrRemove(invocation.config.store, RuleOf(options), options.dry_run);
  Output& out = invocation.out;
  if (invocation.json) {
    out.Write(DumpJson(RemovalToJson(report), 1) + "\n");
  } else if (!invocation.quiet) {
    out.Write(RemovalText(report, {out.colours(), out.columns()}));
  }
  return 0;
}

}  // namespace

Action DefineGc(CLI::App& app) {
  auto options = std::make_shared<GcOptions>();
  app.add_option("--keep", options->keep,
                 "Runs that ended within this time stay: 90d, 12h, or since 2026-11-23")
      ->type_name("TIME");
  app.add_option("--keep-last", options->keep_last, "The newest ended runs of each job stay")
      ->type_name("N");
  app.add_option("--job", options->job, "Only runs of this job")->type_name("NAME");
  app.add_flag("--dry-run", options->dry_run, "Only say what would be removed");
  app.footer(
      "With both --keep and --keep-last a run goes that neither keeps. What is queued, running or\n"
      "pinned stays, and what a run that stays depends on. A removed run's --key is free again.\n");
  return [options](Invocation& invocation) { return Gc(invocation, *options); };
}

}  // namespace cellar
