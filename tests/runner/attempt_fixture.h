// Attempts as transcripts: what the store holds after an attempt, while and after something
// happened to its cell, its kernel or its gateway. The attempt runs on the test's own thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/attempt.h"
#include "store/history.h"
#include "tests/support/fake_gateway.h"
#include "tests/support/temp_dir.h"

namespace cellar {

Cell CodeCell(const std::string& code);
Job JobOf(const std::vector<std::string>& codes);

inline const Outcome kStoppedBySignal{RunState::kCancelled, RunReason::kByUser,
                                      "stopped by a signal"};

class AttemptTest : public testing::Test {
 protected:
  AttemptTest();
  ~AttemptTest() override;

  /// Submits the job, claims the run and begins its attempt, which goes on in the waits below.
  void Begin(const GatewayAddress& address, const Job& job);
  /// Until it is true. Throws with the transcript so far when it is not within two minutes.
  void RunUntil(const std::function<bool()>& condition);
  /// Until the cell's output holds `text`.
  void RunUntilOutput(const std::string& text, int cell = 0);
  void RunUntilCellRuns(int cell);
  /// To the attempt's end: the transcript.
  std::string Finish();

  std::string TranscriptOf(const GatewayAddress& address, const Job& job);

  /// State and reason; then each cell's, with its outputs and events.
  std::string Transcript() const;
  /// Every output that the cell ever had.
  std::string UnclearedOutputs(int cell) const;
  RunRecord Run() const { return FindRun(store_, run_).value(); }
  CellRecord CellAt(int index) const;
  /// The details of its events, a line each.
  std::string EventDetails(int cell) const;

  AttemptSettings settings_;  // taken by Begin, as are the following
  std::function<void(Attempt& attempt, int cell)> on_cell_end_;
  std::vector<std::string> notes_;  // what a person should hear at once
  TempDir folder_;
  Store store_;
  RunId run_;
  boost::asio::io_context context_;
  std::unique_ptr<Gateway> gateway_side_;
  std::unique_ptr<Attempt> attempt_;

 private:
  bool ended_ = true;
  std::exception_ptr fault_;
};

/// On the fake gateway: cells speak the language of tests/support/fake_script.h.
class FakeAttemptTest : public AttemptTest {
 protected:
  void Begin(const Job& job) { AttemptTest::Begin(gateway_.Address(), job); }
  std::string TranscriptOfJob(const Job& job) {
    return AttemptTest::TranscriptOf(gateway_.Address(), job);
  }
  std::string TranscriptOf(const std::vector<std::string>& codes) {
    return TranscriptOfJob(JobOf(codes));
  }

  FakeGateway gateway_;
};

}  // namespace cellar
