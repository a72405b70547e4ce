#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "runner/cli/commands.h"
#include "runner/cli/pager.h"
#include "runner/review/json_dump.h"
#include "runner/review/search_text.h"
#include "runner/review/terminal_text.h"
#include "store/search_index.h"
#include "store/searchable_text.h"

namespace cellar {
namespace {

struct SearchOptions {
  std::string text;
  std::string job;
  int limit = 20;
};

void CheckSearch(const SearchOptions& options) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorKind::kUsage, "search: " + what);
  };
  if (SearchableText(options.text).empty()) refuse("TEXT is empty: give what to look for");
  if (options.text.find('\n') != std::string::npos) refuse("TEXT has a line end: give one line");
  if (options.text.size() > kLongestSearch) {
    refuse(fmt::format("TEXT has {} bytes: give at most {}", options.text.size(), kLongestSearch));
  }
  if (options.limit < 0) refuse("--limit: a number from 0, please");
}

bool CanWrite(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  return ::access(file.c_str(), W_OK) == 0 && ::access(folder.c_str(), W_OK) == 0;
}

/// A store that cannot be written now is searched as it is.
void BringUpToDate(Invocation& invocation) {
  constexpr std::size_t kWorthAWord = 2000;
  bool has_said = false;
  try {
    Store store = Store::Open(invocation.config.store, StoreMode::kReadWrite);
    UpdateSearchIndex(store, [&](std::size_t, std::size_t all) {
      if (has_said || invocation.quiet || all < kWorthAWord) return;
      has_said = true;
      invocation.err.Write(fmt::format("indexing {} runs, once\n", all));
      invocation.err.Flush();
    });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kStore && error.kind() != ErrorKind::kStoreFull) throw;
    invocation.err.Write(PlainLine(fmt::format("cellar: search: the index is not up to date, and "
                                               "this takes longer: {}",
                                               error.what())) +
                         "\n");
  }
}

int Search(Invocation& invocation, const SearchOptions& options) {
  CheckSearch(options);
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  if (CanWrite(invocation.config.store)) BringUpToDate(invocation);
  const std::vector<SearchHit> hits = SearchRuns(store, {options.text, options.job, options.limit});
  PageAnswer(invocation);
  Output& out = invocation.out;
  if (invocation.json) {
    out.Write(DumpJson(HitsToJson(hits), 1) + "\n");
  } else if (!hits.empty()) {
    out.Write(HitsTable(hits, {out.colours(), out.columns()}));
  } else if (!invocation.quiet) {
    invocation.err.Write("no runs match\n");
  }
  return 0;
}

}  // namespace

Action DefineSearch(CLI::App& app) {
  auto options = std::make_shared<SearchOptions>();
  app.add_option(
         "TEXT", options->text,
         "What outputs or sources contain, within a line; small and capital letters (ASCII) "
         "are equal")
      ->required();
  app.add_option("--job", options->job, "Only runs of this job")->type_name("NAME");
  app.add_option("--limit", options->limit, "At most so many; 0: all (default 20)")->type_name("N");
  return [options](Invocation& invocation) { return Search(invocation, *options); };
}

}  // namespace cellar
