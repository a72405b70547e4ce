#include "runner/cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "jobs/error.h"
#include "jobs/spelling.h"
#include "runner/cli/commands.h"
#include "runner/review/terminal_text.h"
#include "runner/review/times.h"
#include "runner/run_choice.h"
#include "store/history.h"

namespace cellar {
namespace {

using Candidates = std::vector<Candidate>;

constexpr int kRunsOffered = 200;

/// Where the cursor stands.
struct Place {
  const CLI::App* app = nullptr;         // the command, or a word of it, or the program
  const CLI::Option* value = nullptr;    // of which the value is being typed
  std::vector<std::string> positionals;  // that stand before it
  std::string store;                     // as given with --store
  bool is_remote = false;                // --server was given: the runs are not here
};

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

const CLI::App* CompletedWord(const CLI::App& app, const std::string& word) {
  for (const CLI::App* sub : app.get_subcommands(nullptr)) {
    if (sub->get_name() == word) return sub;
  }
  return nullptr;
}

Place PlaceBehind(const CLI::App& app, const std::vector<std::string>& words) {
  Place place{&app, nullptr, {}, ""};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (place.value != nullptr) {
      if (place.value->check_name("--store")) place.store = word;
      if (place.value->check_name("--server")) place.is_remote = true;
      place.value = nullptr;
    } else if (word.size() > 1 && word.front() == '-') {
      const CLI::Option* option = place.app->get_option_no_throw(word);
      if (option != nullptr && TakesValue(*option)) place.value = option;
    } else if (const CLI::App* sub = CompletedWord(*place.app, word)) {
      place.app = sub;
    } else {
      place.positionals.push_back(word);
    }
  }
  return place;
}

std::optional<Store> OpenToLook(const std::string& store_flag) {
  try {
    ConfigSources sources;
    sources.folder = std::filesystem::current_path();
    sources.store_flag = store_flag;
    return Store::Open(ReadConfig(sources).config.store, StoreMode::kReadOnly);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<RunRecord> NewestRuns(const std::string& store_flag) {
  const auto store = OpenToLook(store_flag);
  if (!store) return {};
  RunFilter filter;
  filter.limit = kRunsOffered;
  return FindRuns(*store, filter);
}

Candidates Jobs(const std::string& store_flag, const std::string& prefix) {
  Candidates jobs;
  std::set<std::string> seen;
  for (const RunRecord& run : NewestRuns(store_flag)) {
    if (seen.insert(run.job).second) jobs.push_back({prefix + PlainLine(run.job), ""});
  }
  return jobs;
}

Candidates Runs(const std::string& store_flag) {
  Candidates runs{{"last", "the newest run"}};
  for (const RunRecord& run : NewestRuns(store_flag)) {
    runs.push_back({std::to_string(run.id.value),
                    fmt::format("{} {} {}", PlainLine(run.job), ToWord(run.state),
                                FormatLocal(run.submitted_at))});
  }
  const Candidates jobs = Jobs(store_flag, "last:");
  runs.insert(runs.end(), jobs.begin(), jobs.end());
  return runs;
}

/// Of the run that was given before; one without a name by its index.
Candidates CellsOf(const Place& place) {
  const auto store = OpenToLook(place.store);
  if (!store || place.positionals.empty()) return {};
  Candidates cells;
  try {
    for (const CellRecord& cell : FindCells(*store, ChooseRun(*store, place.positionals[0]).id)) {
      const std::string index = std::to_string(cell.index);
      const bool has_name = !cell.name.empty();
      cells.push_back({has_name ? PlainLine(cell.name) : index,
                       fmt::format("[{}] {}", index, ToWord(cell.state))});
    }
  } catch (const Error&) {  // there is no such run
  }
  return cells;
}

Candidates Words(std::initializer_list<const char*> words) {
  Candidates candidates;
  for (const char* word : words) candidates.push_back({word, ""});
  return candidates;
}

Candidates ValuesOf(const CLI::Option& option, const Place& place) {
  static const std::map<std::string, Candidates> kWords{
      {"--state", Words({"queued", "running", "succeeded", "failed", "cancelled"})},
      {"--to", Words({"ipynb", "html", "md", "json", "txt", "junit"})},
      {"--if-running", Words({"skip", "queue", "fail", "replace"})},
      {"SHELL", Words({"bash", "zsh", "fish"})}};
  const std::string name = option.get_single_name();
  const std::string key = option.get_positional() ? name : "--" + name;
  if (const auto words = kWords.find(key); words != kWords.end()) return words->second;
  const bool is_elsewhere =
      place.is_remote || (place.store.empty() && EnvironmentVariable("CELLAR_SERVER"));
  if (is_elsewhere) return {};
  if (key == "--job" || key == "JOB") return Jobs(place.store, "");
  if (key == "--cell" || key == "CELL") return CellsOf(place);
  if (key == "RUN" || key == "OTHER" || key == "--after") return Runs(place.store);
  return {};
}

Candidates Options(const CLI::App& app) {
  Candidates options;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      options.push_back({"--" + name, option->get_description()});
    }
  }
  return options;
}

Candidates PositionalsOf(const Place& place) {
  Candidates candidates;
  for (const CLI::App* sub : place.app->get_subcommands(nullptr)) {
    candidates.push_back({sub->get_name(), ""});
  }
  if (place.app->get_parent() == nullptr) {
    candidates.clear();
    for (const Command& command : Commands()) {
      candidates.push_back({std::string(command.name), std::string(command.summary)});
    }
    return candidates;
  }
  std::size_t before = place.positionals.size();
  for (const CLI::Option* option : place.app->get_options()) {
    if (!option->get_positional()) continue;
    const bool takes_all = option->get_items_expected_max() > 1;
    if (takes_all || before == 0) return ValuesOf(*option, place);
    --before;
  }
  return candidates;
}

}  // namespace

Candidates Complete(const CLI::App& app, const std::vector<std::string>& words) {
  const std::string typed = words.empty() ? "" : words.back();
  const Place place = PlaceBehind(app, words);
  Candidates candidates = place.value != nullptr   ? ValuesOf(*place.value, place)
                          : typed.starts_with('-') ? Options(*place.app)
                                                   : PositionalsOf(place);
  std::erase_if(candidates,
                [&](const Candidate& candidate) { return !candidate.word.starts_with(typed); });
  return candidates;
}

}  // namespace cellar
