#include "runner/review/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <string>

#include "jobs/duration.h"
#include "runner/review/cell_failure.h"
#include "runner/review/clean_text.h"
#include "runner/review/json_dump.h"
#include "runner/review/output_text.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

constexpr std::size_t kMostText = 64 << 10;  // of a cell, half of it the head

/// How a testcase ended, as JUnit knows it.
enum class Verdict { kPassed, kFailure, kError, kSkipped };

struct Counts {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  double seconds = 0;

  void Add(Verdict verdict) {
    ++tests;
    failures += verdict == Verdict::kFailure ? 1 : 0;
    errors += verdict == Verdict::kError ? 1 : 0;
    skipped += verdict == Verdict::kSkipped ? 1 : 0;
  }
  void Add(const Counts& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
    seconds += other.seconds;
  }
  void WriteTo(pugi::xml_node node) const {
    node.append_attribute("tests") = tests;
    node.append_attribute("failures") = failures;
    node.append_attribute("errors") = errors;
    node.append_attribute("skipped") = skipped;
    node.append_attribute("time") = fmt::format("{:.3f}", seconds).c_str();
  }
};

/// `was_stopped`: the run was ended by somebody while this cell ran, and it failed by that.
Verdict VerdictOf(const CellRecord& cell, bool was_stopped) {
  const bool is_own = cell.reason == CellReason::kError || cell.reason == CellReason::kOutputLimit;
  switch (cell.state) {
    case CellState::kSucceeded:
      return Verdict::kPassed;
    case CellState::kFailed:
      return is_own && !was_stopped ? Verdict::kFailure : Verdict::kError;
    case CellState::kUnknown:
      return Verdict::kError;
    default:
      return Verdict::kSkipped;
  }
}

/// The cell that ran when somebody ended the run: the last one that was begun. nullptr: nobody did.
const CellRecord* StoppedCell(const RunRecord& run, const std::vector<CellRecord>& cells) {
  if (run.state != RunState::kCancelled && run.reason != RunReason::kInterrupted) return nullptr;
  const auto last = std::find_if(cells.rbegin(), cells.rend(), [](const CellRecord& cell) {
    return cell.started_at.has_value();
  });
  return last == cells.rend() ? nullptr : &*last;
}

/// Of a run whose cells do not tell: no gateway, no kernel, the whole attempt's timeout, a signal.
Verdict VerdictOf(const RunRecord& run) {
  if (run.state == RunState::kSucceeded) return Verdict::kPassed;
  if (!IsEnded(run.state) || run.reason == RunReason::kOverlap ||
      run.reason == RunReason::kDependency) {
    return Verdict::kSkipped;
  }
  return run.reason == RunReason::kCellError || run.reason == RunReason::kOutputLimit
             ? Verdict::kFailure
             : Verdict::kError;
}

/// pugixml takes what it is given: here every text is cleaned, and ends at no NUL.
void SetAttribute(pugi::xml_node node, const char* name, std::string_view text) {
  node.append_attribute(name) = CleanLine(text).c_str();
}
void SetText(pugi::xml_node node, std::string_view text) {
  node.append_child(pugi::node_pcdata).set_value(CleanText(text).c_str());
}

std::string HeadAndTail(const std::string& text) {
  if (text.size() <= kMostText) return text;
  const std::size_t half = kMostText / 2;
  const std::size_t head = std::min(text.rfind('\n', half), half);
  const std::size_t tail = text.find('\n', text.size() - half);
  const std::size_t from = tail == std::string::npos ? text.size() - half : tail;
  return text.substr(0, head) + fmt::format("\n[… {} left out …]\n", FormatByteSize(from - head)) +
         text.substr(from);
}

/// Everything but errors, as a terminal would show it; stderr apart from the rest.
void AddOutputs(pugi::xml_node testcase, const std::vector<OutputRecord>& outputs) {
  std::string out;
  std::string err;
  OutputText out_text(Colours::kStrip, [&](std::string_view piece) { out.append(piece); });
  OutputText err_text(Colours::kStrip, [&](std::string_view piece) { err.append(piece); });
  for (const OutputRecord& output : outputs) {
    if (output.body.value("output_type", "") == "error") continue;
    OutputText& text = output.body.value("name", "") == "stderr" ? err_text : out_text;
    text.TakeRecord(output);
  }
  out_text.Finish();
  err_text.Finish();
  if (!out.empty()) SetText(testcase.append_child("system-out"), HeadAndTail(out));
  if (!err.empty()) SetText(testcase.append_child("system-err"), HeadAndTail(err));
}

/// Adds what the verdict wants. `type` is a word or an exception's name.
void AddVerdict(pugi::xml_node testcase, Verdict verdict, const std::string& message,
                const std::string& type, const std::string& text) {
  if (verdict == Verdict::kPassed) return;
  const char* name = verdict == Verdict::kFailure ? "failure"
                     : verdict == Verdict::kError ? "error"
                                                  : "skipped";
  pugi::xml_node node = testcase.append_child(name);
  SetAttribute(node, "message", message);
  if (verdict == Verdict::kSkipped) return;
  SetAttribute(node, "type", type);
  if (!text.empty()) SetText(node, text);
}

std::string SkipText(const CellRecord& cell) {
  switch (cell.state) {
    case CellState::kSkipped:
      return "the job asks for it";
    case CellState::kNotRun:
      return "not run: the run ended before";
    case CellState::kRunning:
      return "still running";
    default:
      return "not run yet";
  }
}

void AddPlace(pugi::xml_node testcase, const CellRecord& cell, const CellFailure& failure) {
  if (cell.file.empty()) return;
  SetAttribute(testcase, "file", cell.file);
  testcase.append_attribute("line") = FailingFileLine(cell, failure);
}

std::string TestName(const CellRecord& cell) {
  const std::string name = cell.kind == CellKind::kParameters ? "parameters" : cell.name;
  return fmt::format("[{}]{}{}", cell.index, name.empty() ? "" : " ", name);
}

Verdict AddCell(pugi::xml_node suite, const Store& store, const RunRecord& run,
                const CellRecord& cell, bool was_stopped) {
  const Verdict verdict = VerdictOf(cell, was_stopped);
  const auto outputs = FindOutputs(store, run.id, run.attempt, cell.index);
  const CellFailure failure = FailureOf(cell, outputs);
  pugi::xml_node testcase = suite.append_child("testcase");
  SetAttribute(testcase, "classname", run.job);
  SetAttribute(testcase, "name", TestName(cell));
  AddPlace(testcase, cell, failure);
  testcase.append_attribute("time") =
      fmt::format("{:.3f}", cell.duration.value_or(Millis()).count() / 1000).c_str();
  std::string message = cell.message;
  if (verdict == Verdict::kSkipped) message = SkipText(cell);
  if (message.empty()) message = ToWord(cell.state);
  std::string type = failure.name;
  if (type.empty()) type = cell.reason ? ToWord(*cell.reason) : ToWord(cell.state);
  AddVerdict(testcase, verdict, message, type,
             HeadAndTail(TerminalView(failure.traceback, Colours::kStrip)));
  AddOutputs(testcase, outputs);
  return verdict;
}

/// One more testcase for what no cell tells.
Verdict AddRunItself(pugi::xml_node suite, const RunRecord& run) {
  const Verdict verdict = VerdictOf(run);
  pugi::xml_node testcase = suite.append_child("testcase");
  SetAttribute(testcase, "classname", run.job);
  testcase.append_attribute("name") = "run";
  testcase.append_attribute("time") = "0.000";
  const std::string word(run.reason ? ToWord(*run.reason) : ToWord(run.state));
  AddVerdict(testcase, verdict, run.message.empty() ? word : run.message, word, "");
  return verdict;
}

void AddProperties(pugi::xml_node suite, const RunRecord& run) {
  pugi::xml_node properties = suite.append_child("properties");
  const auto add = [&](const std::string& name, const std::string& value) {
    if (value.empty()) return;
    pugi::xml_node property = properties.append_child("property");
    SetAttribute(property, "name", name);
    SetAttribute(property, "value", value);
  };
  add("run", std::to_string(run.id.value));
  add("state", std::string(ToWord(run.state)));
  if (run.reason) add("reason", std::string(ToWord(*run.reason)));
  add("job_file", run.job_file);
  add("gateway", run.gateway);
  add("kernelspec", run.kernelspec);
  add("attempt", std::to_string(run.attempt));
  for (const auto& [key, value] : run.parameters.items()) {
    add("parameter." + key, value.is_string() ? value.get<std::string>() : DumpJson(value));
  }
}

Counts AddRun(pugi::xml_node root, const Store& store, const RunRecord& run) {
  pugi::xml_node suite = root.append_child("testsuite");
  SetAttribute(suite, "name", run.job);
  Counts counts;
  counts.seconds = run.duration.value_or(Millis()).count() / 1000;
  AddProperties(suite, run);
  const std::vector<CellRecord> cells = FindCells(store, run.id, run.attempt);
  const CellRecord* stopped = StoppedCell(run, cells);
  for (const CellRecord& cell : cells) {
    counts.Add(AddCell(suite, store, run, cell, &cell == stopped));
  }
  const bool is_told = counts.failures + counts.errors > 0;
  if (run.state != RunState::kSucceeded && !is_told) counts.Add(AddRunItself(suite, run));
  counts.WriteTo(suite);
  // UTC without a zone, as Ant has it.
  SetAttribute(suite, "timestamp",
               FormatUtc(run.started_at.value_or(run.submitted_at)).substr(0, 19));
  return counts;
}

class SinkWriter : public pugi::xml_writer {
 public:
  explicit SinkWriter(const TextSink& sink) : sink_(sink) {}
  void write(const void* data, std::size_t size) override {
    sink_(std::string_view(static_cast<const char*>(data), size));
  }

 private:
  const TextSink& sink_;
};

}  // namespace

void WriteJunit(const Store& store, const std::vector<RunRecord>& runs, const TextSink& sink) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node root = document.append_child("testsuites");
  Counts counts;
  for (const RunRecord& run : runs) counts.Add(AddRun(root, store, run));
  root.append_attribute("name") = "cellar";
  counts.WriteTo(root);
  SinkWriter writer(sink);
  document.save(writer, " ", pugi::format_default, pugi::encoding_utf8);
}

}  // namespace cellar
