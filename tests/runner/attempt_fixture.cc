#include "tests/runner/attempt_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <stdexcept>

#include "runner/wall_clock.h"

namespace cellar {
namespace {

constexpr std::chrono::minutes kBound{2};

std::string OutputLine(const nlohmann::ordered_json& body) {
  const std::string type = body.at("output_type");
  if (type == "stream") {
    return body.at("name").get<std::string>() + ": " + body.at("text").get<std::string>();
  }
  if (type == "error") {
    return "error " + body.at("ename").get<std::string>() + ": " +
           body.at("evalue").get<std::string>() + "\n";
  }
  return type + ": " + body.at("data").value("text/plain", "") + "\n";
}

template <typename Reason>
std::string WithReason(std::string_view state, const std::optional<Reason>& reason) {
  return std::string(state) + (reason ? " " + std::string(ToWord(*reason)) : "") + "\n";
}

}  // namespace

Cell CodeCell(const std::string& code) {
  Cell cell;
  cell.source = code;
  return cell;
}

Job JobOf(const std::vector<std::string>& codes) {
  Job job;
  job.name = "story";
  for (const std::string& code : codes) job.cells.push_back(CodeCell(code));
  return job;
}

AttemptTest::AttemptTest() : store_(Store::Open(folder_ / "cellar.db", StoreMode::kReadWrite)) {
  store_.RegisterWorker();
  settings_.gateway_name = "test";
}

// What the attempt has under way must end before its io_context does.
AttemptTest::~AttemptTest() {
  if (ended_) return;
  attempt_->Stop(kStoppedBySignal);
  context_.restart();
  context_.run_for(kBound);
}

void AttemptTest::Begin(const GatewayAddress& address, const Job& job) {
  NewRun submission;
  submission.job = job;
  run_ = store_.AddRun(submission, WallClock());
  attempt_.reset();
  gateway_side_ = std::make_unique<Gateway>(context_.get_executor(), address);
  attempt_ = std::make_unique<Attempt>(context_.get_executor(), store_,
                                       store_.ClaimRun(run_, WallClock()).value(), *gateway_side_,
                                       settings_);
  attempt_->on_note = [this](const std::string& line) { notes_.push_back(line); };
  attempt_->on_cell_end = [this](int cell, const std::string&, const CellEnd&) {
    if (on_cell_end_) on_cell_end_(*attempt_, cell);
  };
  ended_ = false;
  fault_ = nullptr;
  boost::asio::co_spawn(context_, attempt_->Run(), [this](std::exception_ptr fault) {
    ended_ = true;
    fault_ = fault;
  });
}

void AttemptTest::RunUntil(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kBound;
  const auto work = boost::asio::make_work_guard(context_);  // else an idle context does not wait
  while (!condition()) {
    context_.restart();
    context_.run_for(std::chrono::milliseconds(10));
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("nothing came of it:\n" + Transcript());
    }
  }
}

void AttemptTest::RunUntilOutput(const std::string& text, int cell) {
  RunUntil([&] { return UnclearedOutputs(cell).find(text) != std::string::npos; });
}

void AttemptTest::RunUntilCellRuns(int cell) {
  RunUntil([&] { return CellAt(cell).state == CellState::kRunning; });
}

std::string AttemptTest::Finish() {
  RunUntil([&] { return ended_; });
  if (fault_) std::rethrow_exception(fault_);
  return Transcript();
}

std::string AttemptTest::TranscriptOf(const GatewayAddress& address, const Job& job) {
  Begin(address, job);
  return Finish();
}

std::string AttemptTest::Transcript() const {
  const RunRecord run = Run();
  std::string text = "run " + WithReason(ToWord(run.state), run.reason);
  for (const CellRecord& cell : FindCells(store_, run_)) {
    text += "[" + std::to_string(cell.index) + "] " + WithReason(ToWord(cell.state), cell.reason);
    for (const OutputRecord& output : FindOutputs(store_, run_, 0, cell.index)) {
      text += OutputLine(output.body);
    }
    for (const EventRecord& event : cell.events) {
      text += "event " + std::string(ToWord(event.kind)) + "\n";
    }
  }
  return text;
}

std::string AttemptTest::UnclearedOutputs(int cell) const {
  std::string text;
  for (const OutputRecord& output : FindOutputs(store_, run_, 0, cell, true)) {
    text += OutputLine(output.body);
  }
  return text;
}

CellRecord AttemptTest::CellAt(int index) const {
  return FindCells(store_, run_).at(static_cast<std::size_t>(index));
}

std::string AttemptTest::EventDetails(int cell) const {
  std::string text;
  for (const EventRecord& event : CellAt(cell).events) text += event.detail + "\n";
  return text;
}

}  // namespace cellar
