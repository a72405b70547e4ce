#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/cli/commands.h"
#include "runner/cli/pager.h"
#include "runner/cli/remote_server.h"
#include "runner/cli/time_arguments.h"
#include "runner/review/queue_text.h"
#include "runner/review/run_json.h"
#include "runner/review/runs_table.h"
#include "runner/review/times.h"
#include "runner/run_choice.h"
#include "store/history.h"

namespace cellar {
namespace {

struct RunsOptions {
  std::string job;
  std::string state;
  std::string reason;
  std::string tag;
  std::string group;
  std::string since;
  std::string until;
  bool pinned = false;
  int limit = 50;
};

template <typename E>
std::vector<std::string> AllWords(E last) {
  std::vector<std::string> words;
  for (int value = 0; value <= static_cast<int>(last); ++value) {
    words.emplace_back(ToWord(static_cast<E>(value)));
  }
  return words;
}

/// `word` as one of a closed set; nullopt when it is empty.
template <typename E>
std::optional<E> ReadWord(const char* flag, const std::string& word,
                          std::optional<E> (*parse)(std::string_view), E last) {
  if (word.empty()) return std::nullopt;
  const auto value = parse(word);
  if (value) return value;
  throw Error(ErrorKind::kUsage,
              fmt::format("runs: {}: there is no \"{}\": {}", flag, word,
                          SuggestWord(word, AllWords(last), std::string(flag).substr(2) + "s")));
}

void WriteRuns(Invocation& invocation, const std::vector<RunRecord>& runs) {
  Output& out = invocation.out;
  if (invocation.json) {
    WriteRunsJson(runs, [&](std::string_view text) { out.Write(text); });
  } else if (!runs.empty()) {
    out.Write(RunsTable(runs, {out.colours(), out.columns()}));
  } else if (!invocation.quiet) {
    invocation.err.Write("no runs match\n");
  }
}

void WriteQueue(Invocation& invocation, const std::vector<QueuedRun>& runs) {
  Output& out = invocation.out;
  if (invocation.json) {
    WriteQueueJson(runs, [&](std::string_view text) { out.Write(text); });
  } else if (!runs.empty()) {
    out.Write(QueueTable(runs, {out.colours(), out.columns()}));
  } else if (!invocation.quiet) {
    invocation.err.Write("no runs match\n");
  }
}

void CheckLimit(const RunsOptions& options) {
  if (options.limit < 0) throw Error(ErrorKind::kUsage, "runs: --limit: a number from 0, please");
}

int ListMatchingRuns(Invocation& invocation, const RunsOptions& options) {
  RunFilter filter;
  filter.job = options.job;
  filter.state = ReadWord("--state", options.state, ParseRunState, RunState::kCancelled);
  filter.reason = ReadWord("--reason", options.reason, ParseRunReason, RunReason::kDependency);
  filter.tag = options.tag;
  filter.pinned = options.pinned;
  filter.since = ReadMoment("runs: --since", options.since);
  filter.until = ReadMoment("runs: --until", options.until);
  filter.limit = options.limit;
  CheckLimit(options);
  PageAnswer(invocation);
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  if (!options.group.empty()) filter.group = ChooseGroup(store, options.group);
  if (filter.state == RunState::kQueued && !filter.reason) {
    WriteQueue(invocation, QueuedRuns(store, Now(), filter));
  } else {
    WriteRuns(invocation, FindRuns(store, filter));
  }
  return 0;
}

std::string UtcOf(const std::optional<TimePoint>& moment) {
  return moment ? FormatUtc(*moment) : "";
}

int ListRunsThere(Invocation& invocation, RemoteServer& server, const RunsOptions& options) {
  CheckLimit(options);
  PageAnswer(invocation);
  ApiQuery query = LookOf(invocation.out);
  const ApiQuery filter{{"form", invocation.json ? "json" : "text"},
                        {"job", options.job},
                        {"state", options.state},
                        {"reason", options.reason},
                        {"tag", options.tag},
                        {"pinned", options.pinned ? "true" : ""},
                        {"group", options.group},
                        {"since", UtcOf(ReadMoment("runs: --since", options.since))},
                        {"until", UtcOf(ReadMoment("runs: --until", options.until))},
                        {"limit", std::to_string(options.limit)}};
  query.insert(query.end(), filter.begin(), filter.end());
  bool is_empty = true;
  server.Read(ApiPath({"runs", "list"}, query), [&](std::string_view text) {
    is_empty = is_empty && text.empty();
    invocation.out.Write(text);
  });
  if (is_empty && !invocation.quiet) invocation.err.Write("no runs match\n");
  return 0;
}

}  // namespace

Action DefineRuns(CLI::App& app) {
  auto options = std::make_shared<RunsOptions>();
  app.add_option("--job", options->job, "Only runs of this job")->type_name("NAME");
  app.add_option(
         "--state", options->state,
         "queued (in the order of the queue, and why they wait), running, succeeded, failed or "
         "cancelled")
      ->type_name("STATE");
  app.add_option("--reason", options->reason, "Why they ended so, as in cell_error")
      ->type_name("REASON");
  app.add_option("--tag", options->tag, "Only runs with this tag")->type_name("TAG");
  app.add_option("--group", options->group, "Only runs of this group")->type_name("N");
  app.add_flag("--pinned", options->pinned, "Only runs that are kept from gc: see cellar pin");
  app.add_option("--since", options->since,
                 "Submitted at or after: 2026-11-23, 2026-11-23T03:31:00Z, or ago: 90m, 2h, 3d")
      ->type_name("TIME");
  app.add_option("--until", options->until, "Submitted before")->type_name("TIME");
  app.add_option("--limit", options->limit, "At most so many; 0: all (default 50)")->type_name("N");
  return {[options](Invocation& invocation) { return ListMatchingRuns(invocation, *options); },
          [options](Invocation& invocation, RemoteServer& server) {
            return ListRunsThere(invocation, server, *options);
          }};
}

}  // namespace cellar
