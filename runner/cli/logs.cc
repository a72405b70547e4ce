#include <poll.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "jobs/error.h"
#include "runner/cell_choice.h"
#include "runner/cli/commands.h"
#include "runner/cli/live_lines.h"
#include "runner/cli/pager.h"
#include "runner/cli/remote_server.h"
#include "runner/review/json_dump.h"
#include "runner/review/output_text.h"
#include "runner/review/run_json.h"
#include "runner/run_choice.h"

namespace cellar {
namespace {

constexpr int kPollMilliseconds = 100;

struct LogsOptions {
  std::string run;
  std::string cell;  // its index or its name; empty: all
  bool follow = false;
  bool raw = false;
};

/// Prints pieces of output as they are read, in one of three ways: as a terminal would show them,
/// byte by byte, or as one JSON object a line.
class LogPrinter {
 public:
  LogPrinter(Invocation& invocation, const LogsOptions& options)
      : json_(invocation.json),
        options_(options),
        out_(invocation.out),
        live_(invocation.out),
        text_(out_.colours() ? Colours::kKeep : Colours::kStrip,
              [this](std::string_view text) { out_.Write(text); }) {}

  void Take(const LogPiece& piece) {
    if (json_) {
      out_.Write(DumpJson(LogPieceToJson(piece)) + "\n");
    } else if (options_.raw) {
      out_.Write(piece.type == OutputType::kStream ? piece.text : RawTextOf(piece.body));
    } else {
      TakeAsText(piece);
    }
  }

  /// After a look at the store that found something: shows what there is of it.
  void ShowSoFar() {
    text_.EmitSettled();
    if (!json_ && !options_.raw) live_.Show(text_.Held(LiveLines::kMost));
    out_.Flush();
  }

  void Finish() {
    live_.Hide();
    if (!json_ && !options_.raw) text_.Finish();
    out_.Flush();
  }

  /// Before anything more is written: what ShowSoFar drew is not there to stay.
  void Hide() { live_.Hide(); }

 private:
  void TakeAsText(const LogPiece& piece) {
    if (piece.cell != cell_) text_.Finish();
    cell_ = piece.cell;
    if (piece.type == OutputType::kStream) {
      text_.TakeStream(piece.text);
    } else {
      text_.TakeOutput(piece.body);
    }
  }

  bool json_;
  const LogsOptions& options_;
  Output& out_;
  LiveLines live_;
  OutputText text_;
  int cell_ = -1;
};

/// Reads on after `cursor`; returns where it came to.
std::int64_t ReadOn(const Store& store, RunId run, std::int64_t cursor, NamedCell* wanted,
                    LogPrinter* printer) {
  bool is_first = true;
  ReadLog(store, run, cursor, [&](LogPiece&& piece) {
    if (is_first) printer->Hide();
    is_first = false;
    cursor = piece.cursor;
    if (wanted->Has(piece.cell)) printer->Take(piece);
  });
  return cursor;
}

int PrintLog(Invocation& invocation, const LogsOptions& options) {
  const Store store = Store::Open(invocation.config.store, StoreMode::kReadOnly);
  RunRecord run = ChooseRun(store, options.run);
  NamedCell wanted(store, run.id, options.cell);
  if (const auto refusal = wanted.Refusal()) throw Error(ErrorKind::kUsage, "logs: " + *refusal);
  if (!options.follow) PageAnswer(invocation);
  LogPrinter printer(invocation, options);
  // The state is asked for before the log is read: nothing comes behind the end of a run.
  std::int64_t cursor = ReadOn(store, run.id, 0, &wanted, &printer);
  while (options.follow && !IsEnded(run.state)) {
    printer.ShowSoFar();
    poll(nullptr, 0, kPollMilliseconds);
    run = FindRun(store, run.id).value_or(run);
    cursor = ReadOn(store, run.id, cursor, &wanted, &printer);
  }
  printer.Finish();
  return 0;
}

// --- From another machine

LogPiece PieceOf(const nlohmann::ordered_json& line) {
  LogPiece piece;
  piece.cell = line.at("cell");
  piece.number = line.at("number");
  piece.body = line.at("output");
  const std::string word = piece.body.at("output_type");
  const auto type = ParseOutputType(word);
  if (!type) throw Error(ErrorKind::kUsage, "logs: there are no outputs of the type " + word);
  piece.type = *type;
  if (piece.type != OutputType::kStream) return piece;
  piece.stream_name = piece.body.at("name");
  piece.text = piece.body.at("text");
  return piece;
}

/// The lines of a log as they come, cut anywhere.
class LogLines {
 public:
  explicit LogLines(LogPrinter* printer) : printer_(printer) {}

  void Take(std::string_view text) {
    held_ += text;
    std::size_t begin = 0;
    for (auto end = held_.find('\n'); end != std::string::npos; end = held_.find('\n', begin)) {
      if (end > begin) {  // an empty line only says that the server is still there
        printer_->Take(PieceOf(nlohmann::ordered_json::parse(held_.substr(begin, end - begin))));
      }
      begin = end + 1;
    }
    held_.erase(0, begin);
  }

 private:
  LogPrinter* printer_;
  std::string held_;
};

int PrintLogThere(Invocation& invocation, RemoteServer& server, const LogsOptions& options) {
  if (!options.follow) PageAnswer(invocation);
  LogPrinter printer(invocation, options);
  LogLines lines(&printer);
  const std::string path =
      ApiPath({"runs", options.run, "log"},
              {{"cell", options.cell}, {"follow", options.follow ? "true" : ""}});
  server.Read(path, [&](std::string_view text) {
    printer.Hide();
    lines.Take(text);
    if (options.follow) printer.ShowSoFar();
  });
  printer.Finish();
  return 0;
}

}  // namespace

Action DefineLogs(CLI::App& app) {
  auto options = std::make_shared<LogsOptions>();
  app.add_option("RUN", options->run, "A run's number, last, or last:JOB")->required();
  app.add_flag("-f,--follow", options->follow, "Go on until the run has ended");
  app.add_option("--cell", options->cell, "Only this cell's outputs: its index or its name");
  app.add_flag(
      "--raw", options->raw,
      "As the kernel sent it, control codes and all; otherwise what a terminal would show");
  return {[options](Invocation& invocation) { return PrintLog(invocation, *options); },
          [options](Invocation& invocation, RemoteServer& server) {
            return PrintLogThere(invocation, server, *options);
          }};
}

}  // namespace cellar
