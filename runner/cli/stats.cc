#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "jobs/source_text.h"
#include "runner/cli/commands.h"
#include "runner/cli/pager.h"
#include "runner/cli/time_arguments.h"
#include "runner/review/json_dump.h"
#include "runner/review/stats_text.h"

namespace cellar {
namespace {

struct StatsOptions {
  std::string job;
  std::string since;
};

/// Whether the locale's texts are UTF-8: the first of these that is set decides (POSIX,
/// "Environment Variables").
bool HasUtf8Locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string locale = LowerCase(value);
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

int Stats(Invocation& invocation, const StatsOptions& options) {
  const auto since = ReadMoment("stats: --since", options.since);
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  JobStatsTaker taker;
  ReadSamples(store, options.job, since, [&](const RunSample& run) { taker.Take(run); });
  const JobStats stats = taker.Finish();
  if (stats.runs == 0) {
    throw Error(ErrorKind::kUsage,
                fmt::format("stats: there is no ended run of the job \"{}\"{}: see cellar runs",
                            options.job, since ? " since then" : ""));
  }
  PageAnswer(invocation);
  Output& out = invocation.out;
  if (invocation.json) {
    out.Write(DumpJson(StatsToJson(options.job, stats), 1) + "\n");
  } else {
    out.Write(StatsText(options.job, stats, {out.colours(), out.columns()},
                        HasUtf8Locale() ? BarStyle::kBlocks : BarStyle::kAscii));
  }
  return 0;
}

}  // namespace

Action DefineStats(CLI::App& app) {
  auto options = std::make_shared<StatsOptions>();
  app.add_option("JOB", options->job, "The job's name")->required();
  app.add_option("--since", options->since,
                 "Submitted at or after: 2026-11-23, 2026-11-23T03:31:00Z, or ago: 90m, 2h, 3d")
      ->type_name("TIME");
  app.footer(
      "Durations are of cells that succeeded. A cell \"is slower since\" a run when the medians\n"
      "before and after it differ by a fifth, by 5 ms, and by more than 6 standard errors.\n");
  return [options](Invocation& invocation) { return Stats(invocation, *options); };
}

}  // namespace cellar
