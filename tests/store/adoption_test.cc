#include "store/adoption.h"

#include <fmt/format.h>

#include "store/history.h"
#include "store/run_control.h"
#include "store/store_impl.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class AdoptionTest : public StoreTest {
 protected:
  /// Its worker is `serve`, and lives until Kill.
  Claim Start(const NewRun& run, WorkerKind kind = WorkerKind::kServe) {
    dying_.emplace(OpenStore());
    dying_->RegisterWorker(kind);
    const Claim claim = Begin(*dying_, run);
    writer_.emplace(*dying_, claim.attempt, limit_);
    return claim;
  }

  void Kill() {
    writer_.reset();
    dying_.reset();
  }

  /// The system forgets the worker while its process goes on: as after a stop of an hour on a
  /// machine whose lock was taken away by force.
  void LoseLock() { dying_->impl().lock.Unlock(dying_->RegisterWorker().value); }

  static KernelRecord Kernel(const std::string& tag) {
    KernelRecord kernel;
    kernel.gateway = "lab";
    kernel.url = "http://localhost:8888/";
    kernel.tag = tag;
    kernel.kernelspec = "python3";
    kernel.created_at = At(20);
    return kernel;
  }

  static std::string CellsOf(const AdoptedAttempt& adopted) {
    std::string text;
    for (std::size_t i = 0; i < adopted.cells.size(); ++i) {
      const AdoptedCell& cell = adopted.cells[i];
      text += fmt::format("{} {} {} msg {} ws {} outputs {} last {} {}\n",
                          adopted.claim.job.cells.at(i).source, ToWord(cell.kind),
                          ToWord(cell.state), cell.msg_id, cell.ws_session_id, cell.outputs,
                          cell.last_type ? ToWord(*cell.last_type) : "none", cell.last_stream);
    }
    return text;
  }

  static std::string DisplaysOf(const AdoptedAttempt& adopted) {
    std::string text;
    for (const AdoptedDisplay& display : adopted.displays) {
      text += fmt::format("{} at {}.{} {} {}\n", display.display_id, display.cell, display.number,
                          ToWord(display.type), display.execution_count.value_or(-1));
    }
    return text;
  }

  std::uint64_t limit_ = 0;
  Store store_ = OpenStore();
  std::optional<Store> dying_;
  std::optional<AttemptWriter> writer_;
};

TEST_F(AdoptionTest, GivesAllThatIsNeededToGoOn) {
  NewRun run = RunOf("weather", {"a", "b", "c"});
  run.job.parameters = {{"limit", Value(5), {}}};
  const Claim claim = Start(run);
  const KernelRowId gone = dying_->RecordKernelIntent(Kernel("t0"), claim.attempt);
  dying_->RecordKernelGone(gone);
  const KernelRowId kernel = dying_->RecordKernelIntent(Kernel("t1"), claim.attempt);
  dying_->RecordKernelStarted(kernel, "k1", "s1");
  dying_->RecordKernelProcess(kernel, "process-1");
  writer_->SetPlace({"lab", "python3"});
  writer_->KernelReady(Millis(12));
  writer_->InsertParameterCell(0, "limit = 5");
  writer_->BeginCell(0, "m0", "w", At(20));
  writer_->EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At(21));
  writer_->BeginCell(1, "m1", "w", At(22));
  writer_->AddOutput(1, 0, OutputType::kDisplayData, "bar", R"({"data":{}})");
  writer_->AddOutput(1, 1, OutputType::kExecuteResult, "bar", R"({"execution_count":7,"data":{}})");
  writer_->AddStream(1, 2, "stderr");
  writer_->AppendText(1, 2, "warning");
  writer_->Flush();
  Kill();
  const std::vector<AdoptedAttempt> adopted = AdoptAttempts(store_, At(1000));
  ASSERT_EQ(adopted.size(), 1u);
  const AdoptedAttempt& one = adopted[0];
  EXPECT_EQ(one.claim.run, claim.run);
  EXPECT_EQ(one.claim.attempt, claim.attempt);
  EXPECT_EQ(one.claim.number, 1);
  EXPECT_EQ(one.claim.job.parameters.at(0).value, Value(5));
  EXPECT_EQ(one.place.gateway, "lab");
  EXPECT_EQ(one.place.kernelspec, "python3");
  EXPECT_EQ(one.started_at, At(10));
  EXPECT_EQ(one.kernel_start, Millis(12));
  EXPECT_EQ(CellsOf(one),
            "limit = 5 parameters succeeded msg m0 ws w outputs 0 last none \n"
            "a code running msg m1 ws w outputs 3 last stream stderr\n"
            "b code pending msg  ws  outputs 0 last none \n"
            "c code pending msg  ws  outputs 0 last none \n");
  EXPECT_EQ(one.cells[1].started_at, At(22));
  EXPECT_EQ(DisplaysOf(one), "bar at 1.0 display_data -1\nbar at 1.1 execute_result 7\n");
  EXPECT_EQ(one.kernel->row, kernel);
  EXPECT_EQ(one.kernel->kernel_id, "k1");
  EXPECT_EQ(one.kernel->session_id, "s1");
  EXPECT_EQ(one.kernel->tag, "t1");
  EXPECT_EQ(one.kernel->url, "http://localhost:8888/");
  EXPECT_EQ(one.kernel->process_session, "process-1");
  EXPECT_EQ(one.kernel->state, KernelState::kStarted);
  EXPECT_TRUE(one.kernel->is_owned);
  EXPECT_TRUE(store_.LeftoverKernels().empty());
  EXPECT_FALSE(one.was_left);
}

TEST_F(AdoptionTest, KnowsNoOpenOutputAfterAClear) {
  Start(RunOf("a", {"clear()"}));
  writer_->BeginCell(0, "m", "w", At());
  writer_->AddOutput(0, 0, OutputType::kDisplayData, "bar", R"({"data":{}})");
  writer_->AddStream(0, 1, "stdout");
  writer_->AppendText(0, 1, "10%");
  writer_->ClearOutputs(0);
  writer_->Flush();
  Kill();
  const AdoptedAttempt adopted = AdoptAttempts(store_, At(1000)).at(0);
  EXPECT_EQ(CellsOf(adopted), "clear() code running msg m ws w outputs 2 last none \n");
  EXPECT_EQ(DisplaysOf(adopted), "");
  EXPECT_EQ(adopted.kernel, std::nullopt);
}

TEST_F(AdoptionTest, GivesEachAttemptToOneOfTwo) {
  Start(RunOf("a", {"1"}), WorkerKind::kWork);
  Kill();
  Store other = OpenStore();
  EXPECT_EQ(AdoptAttempts(other, At(1000)).size(), 1u);
  EXPECT_TRUE(AdoptAttempts(store_, At(1000)).empty());
}

TEST_F(AdoptionTest, LeavesWhatItMayNotAdoptToOthersUnlessItIsToEnd) {
  const Claim claim = Start(RunOf("a", {"1"}), WorkerKind::kWork);
  writer_->SetPlace({"lab", "python3"});
  writer_->Flush();
  Kill();
  const MayAdopt knows_farm = [](RunId, const std::string& gateway) { return gateway == "farm"; };
  EXPECT_TRUE(AdoptAttempts(store_, At(1000), WorkersOf::kQueue, knows_farm).empty());
  EXPECT_EQ(FindRun(store_, claim.run)->state, RunState::kRunning);
  EXPECT_EQ(CancelRun(store_, claim.run, At(1000)), CancelResult::kRequested);
  EXPECT_TRUE(AdoptAttempts(store_, At(1001), WorkersOf::kQueue, knows_farm).empty());
  EXPECT_EQ(FindRun(store_, claim.run)->state, RunState::kCancelled);
}

TEST_F(AdoptionTest, LeavesTheAttemptsOfTheLivingAlone) {
  Start(RunOf("a", {"1"}));
  EXPECT_TRUE(AdoptAttempts(store_, At(1000)).empty());
  EXPECT_TRUE(store_.EndAttemptsOfDeadWorkers(At(1000), WorkersOf::kAll).empty());
}

TEST_F(AdoptionTest, TakesUpWhatWorkersLeftAndEndsWhatWasInTheForeground) {
  Start(RunOf("a", {"1"}), WorkerKind::kRun);
  Kill();
  Start(RunOf("b", {"1"}), WorkerKind::kWork);
  Kill();
  EXPECT_EQ(store_.EndAttemptsOfDeadWorkers(At(1000)), std::vector{RunId{1}});
  EXPECT_EQ(AdoptAttempts(store_, At(1000)).at(0).claim.run, RunId{2});
  Start(RunOf("c", {"1"}), WorkerKind::kRun);
  Kill();
  EXPECT_TRUE(AdoptAttempts(store_, At(1000)).empty());
  EXPECT_EQ(AdoptAttempts(store_, At(1000), WorkersOf::kForeground).at(0).claim.run, RunId{3});
  Start(RunOf("d", {"1"}), WorkerKind::kServe);
  Kill();
  EXPECT_EQ(store_.EndAttemptsOfDeadWorkers(At(1000), WorkersOf::kAll), std::vector{RunId{4}});
}

TEST_F(AdoptionTest, GoesOnWhereTheOtherStopped) {
  Start(RunOf("a", {"a", "b"}));
  writer_->BeginCell(0, "m0", "w", At());
  writer_->AddStream(0, 0, "stdout");
  writer_->AppendText(0, 0, "one ");
  writer_->Flush();
  Kill();
  const AdoptedAttempt adopted = AdoptAttempts(store_, At(1000)).at(0);
  AttemptWriter writer(store_, adopted.claim.attempt, 0);
  writer.AppendText(0, 0, "two");
  writer.AddEvent(0, EventKind::kResumed, At(1001), "by another worker");
  writer.EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At(1002));
  writer.BeginCell(1, "m1", "w", At(1003));
  writer.EndCell(1, {CellState::kSucceeded, {}, "", 2, Millis(1)}, At(1004));
  writer.End({RunState::kSucceeded, {}, "", Millis(1000)}, At(1005));
  EXPECT_EQ(TranscriptOf(store_, RunId{1}),
            "run 1 a succeeded\n[0] succeeded\n  resumed: by another worker\n"
            "  0 stdout: \"one two\"\n[1] succeeded\n");
  EXPECT_EQ(Ask("SELECT takeovers, worker_kind FROM attempts"), "1|run\n");
}

TEST_F(AdoptionTest, EndsWhatCannotGoOn) {
  Start(RunOf("a", {"a", "b", "c"}));
  writer_->BeginCell(0, "m0", "w", At());
  writer_->EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At());
  writer_->BeginCell(1, "m1", "w", At());
  writer_->Flush();
  Kill();
  const AdoptedAttempt adopted = AdoptAttempts(store_, At(1000)).at(0);
  AttemptEnd end{RunState::kFailed, RunReason::kInterrupted, "its kernel is gone", std::nullopt};
  end.retries = true;
  AttemptWriter(store_, adopted.claim.attempt, 0).End(end, At(1000));
  EXPECT_EQ(TranscriptOf(store_, RunId{1}),
            "run 1 a queued: its kernel is gone\n[0] succeeded\n[1] unknown\n[2] not_run\n");
  EXPECT_EQ(Ask("SELECT state, reason, duration_ms FROM attempt"), "failed|interrupted|\n");
}

TEST_F(AdoptionTest, TakesNobodyForDeadWhoseLockFileIsNotTheirs) {
  const Claim claim = Start(RunOf("a", {"a"}));
  Store other = OpenStore();
  other.RegisterWorker();
  std::filesystem::remove(file().string() + ".lock");
  Kill();
  EXPECT_EQ(ErrorOf(folder(), [&] { AdoptAttempts(other, At(1000)); }),
            "store: store DIR/cellar.db: its lock file DIR/cellar.db.lock was removed or replaced, "
            "so that its workers cannot see each other; end all that use it, then start again");
  Store next = OpenStore();
  EXPECT_EQ(AdoptAttempts(next, At(2000)).size(), 1u);
}

TEST_F(AdoptionTest, LetsTheFormerWorkerChangeNothing) {
  const Claim claim = Start(RunOf("a", {"a", "b"}));
  const KernelRowId kernel = dying_->RecordKernelIntent(Kernel("t"), claim.attempt);
  dying_->RecordKernelStarted(kernel, "k", "s");
  writer_->BeginCell(0, "m0", "w", At());
  writer_->Flush();
  CancelRun(store_, claim.run, At(5));
  EXPECT_EQ(CancelRequests(*dying_).size(), 1u);
  LoseLock();
  AdoptAttempts(store_, At(1000));
  const std::string before = TranscriptOf(store_, claim.run);
  const std::string lost =
      "claim lost: store DIR/cellar.db: attempt 1 of run 1 is no longer this Cellar's: it was "
      "ended, taken over or removed meanwhile; nothing was changed, `cellar show` tells how it "
      "ended";
  writer_->AddStream(0, 0, "stdout");
  writer_->AppendText(0, 0, "late");
  EXPECT_EQ(ErrorOf(folder(), [&] { writer_->Flush(); }), lost);
  writer_->EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At(2000));
  EXPECT_EQ(ErrorOf(folder(), [&] { writer_->Flush(); }), lost);
  EXPECT_EQ(ErrorOf(folder(),
                    [&] {
                      writer_->End({RunState::kSucceeded, {}, "", Millis(1)}, At(2000));
                    }),
            lost);
  AttemptWriter again(*dying_, claim.attempt, 0);
  again.SetPlace({"lab", "python3"});
  EXPECT_EQ(ErrorOf(folder(), [&] { again.Flush(); }), lost);
  EXPECT_EQ(TranscriptOf(store_, claim.run), before);
  EXPECT_FALSE(dying_->ClaimRun(claim.run, At(2000)).has_value());
  EXPECT_TRUE(CancelRequests(*dying_).empty());
  for (const auto& change :
       std::vector<std::function<void()>>{[&] { dying_->RecordKernelProcess(kernel, "x"); },
                                          [&] { dying_->RecordKernelReleasing(kernel); },
                                          [&] { dying_->RecordKernelGone(kernel); }}) {
    EXPECT_NE(ErrorOf(folder(), change), "no error");
  }
  EXPECT_EQ(Ask("SELECT state, process_session FROM kernel"), "started|\n");
  Finish(store_, {claim.attempt, claim.run, 1, {}});
  EXPECT_EQ(FindRun(store_, claim.run)->state, RunState::kSucceeded);
}

/// The same text, written by one writer, or by a new one after each piece.
class AdoptedLimitTest : public AdoptionTest {
 protected:
  using Step = std::function<void(AttemptWriter&)>;

  static std::vector<Step> Steps() {
    std::vector<Step> steps;
    steps.push_back([](AttemptWriter& writer) {
      writer.BeginCell(0, "m", "w", At());
      writer.AddStream(0, 0, "stdout");
    });
    const auto print = [&](int number, int size) {
      steps.push_back([=](AttemptWriter& writer) {
        writer.AppendText(0, number, std::string(size, static_cast<char>('a' + size % 26)));
      });
    };
    print(0, 300);
    print(0, 150);
    print(0, 200);  // from here on in the tail
    steps.push_back([](AttemptWriter& writer) {
      writer.AddOutput(0, 1, OutputType::kDisplayData, "d",
                       R"({"data":{"text/plain":")" + std::string(100, 'p') + R"("}})");
      writer.AddOutput(0, 2, OutputType::kDisplayData, "",
                       R"({"data":{"image/png":")" + std::string(90'000, 'A') + R"("}})");
      writer.AddStream(0, 3, "stdout");
    });
    print(3, 10);
    steps.push_back([](AttemptWriter& writer) {
      writer.ReplaceBody(0, 1, R"({"data":{"text/plain":")" + std::string(150, 'q') + R"("}})");
    });
    for (int i = 0; i < 12; ++i) print(3, 60 + i);
    steps.push_back([](AttemptWriter& writer) {
      writer.EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At());
    });
    return steps;
  }

  std::string Transcript(RunId run) const {
    std::string text = TranscriptOf(store_, run);
    return text.substr(text.find('\n'));
  }
};

TEST_F(AdoptedLimitTest, HoldsTheLimitAsIfNothingHadHappened) {
  const Claim whole = Begin(store_, RunOf("a", {"print"}));
  AttemptWriter writer(store_, whole.attempt, 1000);
  for (const Step& step : Steps()) {
    step(writer);
    writer.Flush();
  }
  const Claim adopted = Begin(store_, RunOf("a", {"print"}));
  for (const Step& step : Steps()) {
    AttemptWriter next(store_, adopted.attempt, 1000);
    step(next);
    next.Flush();
  }
  EXPECT_EQ(Transcript(adopted.run), Transcript(whole.run));
  EXPECT_EQ(Ask("SELECT count(DISTINCT output_bytes), count(*) FROM cell"), "1|2\n");
  EXPECT_EQ(Ask("SELECT count(*) FROM event"), "2\n");
}

TEST_F(AdoptedLimitTest, NamesWhatWasDroppedBefore) {
  const Claim claim = Begin(store_, RunOf("a", {"plot"}));
  for (const char* mime : {"image/png", "image/gif"}) {
    AttemptWriter writer(store_, claim.attempt, 1 << 17);  // half of it for the tail
    if (mime == std::string("image/png")) writer.BeginCell(0, "m", "w", At());
    writer.AddOutput(0, mime == std::string("image/png") ? 0 : 1, OutputType::kDisplayData, "",
                     fmt::format(R"({{"data":{{"{}":"{}"}}}})", mime, std::string(200'000, 'A')));
    writer.Flush();
  }
  EXPECT_EQ(Ask("SELECT detail FROM event"),
            "kept 22 B of 390.7 KiB; output_per_cell is 128.0 KiB; dropped image/png (195.3 KiB), "
            "image/gif (195.3 KiB)\n");
}

TEST_F(AdoptedLimitTest, KeepsWhatIsThereUnderASmallerLimit) {
  const Claim claim = Begin(store_, RunOf("a", {"print"}));
  AttemptWriter first(store_, claim.attempt, 0);
  first.BeginCell(0, "m", "w", At());
  first.AddStream(0, 0, "stdout");
  first.AppendText(0, 0, std::string(1000, 'a'));
  first.Flush();
  AttemptWriter second(store_, claim.attempt, 100);
  second.AppendText(0, 0, std::string(1000, 'b'));
  second.Flush();
  EXPECT_EQ(Ask("SELECT output_bytes FROM cell"), "2000\n");
  EXPECT_EQ(Ask("SELECT kept_bytes FROM outputs"), "1000\n");
}

TEST_F(AdoptedLimitTest, LiftsTheLimitForWhatComes) {
  const Claim claim = Begin(store_, RunOf("a", {"print"}));
  AttemptWriter first(store_, claim.attempt, 100);
  first.BeginCell(0, "m", "w", At());
  first.AddStream(0, 0, "stdout");
  first.AppendText(0, 0, std::string(1000, 'a'));
  first.Flush();
  AttemptWriter second(store_, claim.attempt, 0);
  second.AppendText(0, 0, std::string(1000, 'b'));
  second.Flush();
  EXPECT_EQ(Ask("SELECT kept_bytes FROM outputs"), "1100\n");
}

}  // namespace
}  // namespace cellar
