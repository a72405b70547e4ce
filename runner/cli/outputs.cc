#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "runner/cell_choice.h"
#include "runner/cli/commands.h"
#include "runner/cli/written_file.h"
#include "runner/review/json_dump.h"
#include "runner/review/output_files.h"
#include "runner/review/terminal_text.h"
#include "runner/run_choice.h"

namespace cellar {
namespace {

struct OutputsOptions {
  std::string run;
  std::string cell;  // empty: all
  std::string type;  // empty: any
  std::string folder;
};

void CheckFolder(const std::string& folder) {
  if (folder.empty()) return;
  std::error_code error;
  const bool is_file =
      std::filesystem::exists(folder, error) && !std::filesystem::is_directory(folder, error);
  if (folder == "-" || is_file) {
    throw Error(ErrorKind::kUsage, fmt::format("outputs: -o {}: give a folder", folder));
  }
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(ErrorKind::kOutput,
                fmt::format("cannot make the folder {}: {}", folder, error.message()));
  }
}

/// Takes the files one after the other: writes them, and says which they are.
class Listing {
 public:
  Listing(Invocation& invocation, const OutputsOptions& options)
      : invocation_(invocation), options_(options) {}

  void Take(const OutputFile& file) {
    ++count_;
    if (!options_.folder.empty()) {
      WrittenFile written(std::filesystem::path(options_.folder) / file.name, AtPlace::kReplaced);
      written.Write(file.bytes);
      written.Commit();
    }
    if (file.is_damaged) {
      has_damaged_ = true;
      invocation_.err.Write(PlainLine(fmt::format(
          "cellar: {}: {} should be base64 and is not: it is as it came", file.name, file.type)));
      invocation_.err.Write("\n");
    }
    if (invocation_.json) {
      json_.push_back({{"cell", file.cell},
                       {"file", file.name},
                       {"type", file.type},
                       {"bytes", file.bytes.size()}});
    } else if (!invocation_.quiet || options_.folder.empty()) {
      invocation_.out.Write(fmt::format("{:<28} {:>9}  {}\n", file.name,
                                        FormatByteSize(file.bytes.size()), PlainLine(file.type)));
    }
  }

  int Finish(const RunRecord& run) {
    if (invocation_.json) {
      const nlohmann::ordered_json answer{
          {"schema_version", 1}, {"run", run.id.value}, {"outputs", std::move(json_)}};
      invocation_.out.Write(DumpJson(answer, 2) + "\n");
    } else if (count_ == 0 && !invocation_.quiet) {
      invocation_.err.Write("no outputs match\n");
    }
    return has_damaged_ ? 1 : 0;
  }

 private:
  Invocation& invocation_;
  const OutputsOptions& options_;
  nlohmann::ordered_json json_ = nlohmann::ordered_json::array();
  int count_ = 0;
  bool has_damaged_ = false;
};

int Outputs(Invocation& invocation, const OutputsOptions& options) {
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  const RunRecord run = ChooseRun(store, options.run);
  std::vector<std::string> named;
  if (!options.cell.empty()) named.push_back(options.cell);
  const std::vector<CellRecord> cells =
      ChooseCells("outputs", run.id, FindCells(store, run.id, run.attempt), named);
  CheckFolder(options.folder);
  Listing listing(invocation, options);
  for (const CellRecord& cell : cells) {
    for (const OutputFile& file :
         FilesOf(cell.index, FindOutputs(store, run.id, run.attempt, cell.index))) {
      if (MatchesType(file.type, options.type)) listing.Take(file);
    }
  }
  return listing.Finish(run);
}

}  // namespace

Action DefineOutputs(CLI::App& app) {
  auto options = std::make_shared<OutputsOptions>();
  app.add_option("RUN", options->run, "A run's number, last, or last:JOB")->required();
  app.add_option("CELL", options->cell, "Only this cell's: its index or its name");
  app.add_option("--mime", options->type, "Only of this type: image/png, image/*")
      ->type_name("TYPE");
  app.add_option("-o,--output", options->folder,
                 "Write them as files into this folder; without it they are only listed")
      ->type_name("DIR");
  return [options](Invocation& invocation) { return Outputs(invocation, *options); };
}

}  // namespace cellar
