#include "runner/review/removal_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "jobs/duration.h"
#include "runner/review/terminal_text.h"
#include "runner/review/text_table.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

std::string Runs(std::size_t count) {
  return fmt::format("{} run{}", count, count == 1 ? "" : "s");
}

}  // namespace

std::vector<JobRemoval> RemovalsByJob(const std::vector<RunSize>& sizes,
                                      const std::vector<RunId>& removed) {
  const std::set<RunId> gone(removed.begin(), removed.end());
  std::map<std::string, JobRemoval> by_name;
  for (const RunSize& run : sizes) {
    JobRemoval& job = by_name[run.job];
    job.job = run.job;
    if (gone.contains(run.run)) {
      ++job.removed;
      job.removed_bytes += run.bytes;
    } else {
      ++job.kept;
      job.kept_bytes += run.bytes;
    }
  }
  std::vector<JobRemoval> jobs;
  for (auto& [name, job] : by_name) jobs.push_back(std::move(job));
  std::stable_sort(jobs.begin(), jobs.end(), [](const JobRemoval& one, const JobRemoval& other) {
    return one.removed_bytes + one.kept_bytes > other.removed_bytes + other.kept_bytes;
  });
  return jobs;
}

std::string RemovalText(const RemovalReport& report, const TextLook& look) {
  const std::vector<TableColumn> columns{{"JOB"},
                                         {report.is_dry ? "TO REMOVE" : "REMOVED", true},
                                         {"SIZE", true},
                                         {"KEPT", true},
                                         {"SIZE", true}};
  std::vector<TableRow> rows;
  for (const JobRemoval& job : report.jobs) {
    rows.push_back({PlainLine(job.job), std::to_string(job.removed),
                    FormatByteSize(job.removed_bytes), std::to_string(job.kept),
                    FormatByteSize(job.kept_bytes)});
  }
  std::string text =
      report.jobs.empty() ? "" : TextTable(columns, std::move(rows), look.columns, {{0, 8}}) + "\n";
  if (report.is_dry) {
    return text + fmt::format("would remove {}; the store has {}\n", Runs(report.runs.size()),
                              FormatByteSize(report.size_before));
  }
  return text + fmt::format("removed {}; the store had {}, and has {}\n", Runs(report.runs.size()),
                            FormatByteSize(report.size_before), FormatByteSize(report.size_after));
}

Json RemovalToJson(const RemovalReport& report) {
  Json json{{"schema_version", 1},
            {"dry_run", report.is_dry},
            {"runs", Json::array()},
            {"jobs", Json::array()},
            {"store_bytes_before", report.size_before},
            {"store_bytes_after", report.size_after}};
  for (const RunId run : report.runs) json["runs"].push_back(run.value);
  for (const JobRemoval& job : report.jobs) {
    json["jobs"].push_back({{"job", job.job},
                            {"removed", job.removed},
                            {"removed_bytes", job.removed_bytes},
                            {"kept", job.kept},
                            {"kept_bytes", job.kept_bytes}});
  }
  return json;
}

}  // namespace cellar
