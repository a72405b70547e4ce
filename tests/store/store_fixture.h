// A store in a folder of its own, and what is in it as text, so that a test reads as a story.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "jobs/error.h"
#include "store/attempt_writer.h"
#include "store/history.h"
#include "store/store.h"
#include "store/submission.h"

namespace cellar {

class StoreTest : public testing::Test {
 protected:
  StoreTest();
  ~StoreTest() override;

  std::filesystem::path file() const { return folder_ / "cellar.db"; }
  const std::filesystem::path& folder() const { return folder_; }

  Store OpenStore(StoreMode mode = StoreMode::kReadWrite) const;

  /// What an SQLite client of no relation to ours prints for `sql`: `a|b` lines.
  std::string Ask(const std::string& sql) const;

 private:
  std::filesystem::path folder_;
};

/// 2026-11-23T02:00:00Z and `millis` later.
TimePoint At(int millis = 0);

/// A job whose cells have these sources.
NewRun RunOf(const std::string& job, const std::vector<std::string>& sources);

/// Submits and claims it.
Claim Begin(Store& store, const NewRun& run);

/// Submits them as a group.
std::vector<Submission> AddGroupOf(Store& store, const std::string& name,
                                   const std::vector<NewRun>& runs, TimePoint now = At());

/// Ends its attempt, at At(500).
void Finish(Store& store, const Claim& claim, RunState state = RunState::kSucceeded,
            std::optional<RunReason> reason = std::nullopt);

/// The run, its cells, their events and what is kept of their outputs; `*` marks cleared ones.
std::string TranscriptOf(const Store& store, RunId run);

/// The message of the Error that `action` throws, behind its kind; the test's folder is `DIR` in
/// it.
std::string ErrorOf(const std::filesystem::path& folder, const std::function<void()>& action);

/// Runs `action` in a child process that is then killed with SIGKILL, nothing closed or flushed.
void InKilledProcess(const std::function<void()>& action);

/// What `action` returns in a child process that is not root: for it permissions count.
std::string AsNobody(const std::function<std::string()>& action);

}  // namespace cellar
