// Workers of a queue on the fake gateway: what a test submits, who works, what the store holds
// then.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runner/scheduler.h"
#include "store/submission.h"
#include "tests/support/fake_gateway.h"
#include "tests/support/temp_dir.h"

namespace cellar {

class SchedulerTest : public testing::Test {
 protected:
  /// With one gateway, "lab", the default.
  SchedulerTest();

  GatewayConfig& Configure(const std::string& name, const std::string& url);

  Store OpenStore() const { return Store::Open(folder_ / "cellar.db", StoreMode::kReadWrite); }

  RunId Submit(const std::vector<std::string>& cells, int priority = 0);
  RunId SubmitJob(const Job& job);

  /// Of one cell, for whoever adds it alone.
  static NewRun ForegroundRun();

  /// What adoption does to the runs of the dead, done to one that lives.
  void TakeOverByForce(RunId run, WorkerId worker);

  /// A worker from its begin to its end; returns the signal that stopped it.
  int Work();

  /// "succeeded, attempt 1", then the stdout and the events of its cells.
  std::string Stored(RunId id) const;

  TempDir folder_;
  FakeGateway gateway_;
  Config config_;
  SchedulerSettings settings_;  // drains
  RunListener listener_;
  std::string notes_;
};

constexpr char kPrintedOne[] = "succeeded, attempt 1\n[0] succeeded\n1\n";

}  // namespace cellar
