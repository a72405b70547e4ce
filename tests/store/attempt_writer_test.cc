#include "store/attempt_writer.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/store_impl.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

const CellEnd kGood{CellState::kSucceeded, {}, "", 1, Millis(2.5)};
const std::string kClaimLost =
    "claim lost: store DIR/cellar.db: attempt 1 of run 1 is no longer this Cellar's: it was ended, "
    "taken over or removed meanwhile; nothing was changed, `cellar show` tells how it ended";
const AttemptEnd kSuccess{RunState::kSucceeded, {}, "", Millis(812)};

class AttemptWriterTest : public StoreTest {
 protected:
  void Start(const std::vector<std::string>& sources) {
    claim_ = Begin(store_, RunOf("a", sources));
    writer_ = std::make_unique<AttemptWriter>(store_, claim_.attempt, 0);
  }

  void BeginCell(int cell) {
    writer_->BeginCell(cell, "msg-" + std::to_string(cell), "session", At(100 * cell));
  }

  void Print(int cell, int number, const std::string& stream, const std::string& text) {
    writer_->AddStream(cell, number, stream);
    writer_->AppendText(cell, number, text);
  }

  std::string Transcript() const { return TranscriptOf(store_, claim_.run); }

  Store store_ = OpenStore();
  Claim claim_;
  std::unique_ptr<AttemptWriter> writer_;
};

TEST_F(AttemptWriterTest, WritesARunDown) {
  Start({"print(1)", "1/0", "print(3)"});
  writer_->SetPlace({"lab", "python3"});
  writer_->KernelReady(Millis(12.4));
  BeginCell(0);
  Print(0, 0, "stdout", "1\n");
  writer_->EndCell(0, kGood, At(3));
  BeginCell(1);
  writer_->AddOutput(1, 0, OutputType::kError, "",
                     R"({"ename":"ZeroDivisionError","evalue":"division by zero","traceback":[]})");
  writer_->EndCell(
      1,
      {CellState::kFailed, CellReason::kError, "ZeroDivisionError: division by zero", 2, Millis(4)},
      At(108));
  writer_->PassOver(2, CellState::kNotRun);
  writer_->End({RunState::kFailed, RunReason::kCellError, "cell 1: ZeroDivisionError", Millis(812)},
               At(822));
  EXPECT_FALSE(writer_->dirty());
  EXPECT_EQ(Transcript(),
            "run 1 a failed cell_error: cell 1: ZeroDivisionError\n"
            "[0] succeeded\n"
            "  0 stdout: \"1\\n\"\n"
            "[1] failed error: ZeroDivisionError: division by zero\n"
            "  0 {\"output_type\":\"error\",\"ename\":\"ZeroDivisionError\","
            "\"evalue\":\"division by zero\",\"traceback\":[]}\n"
            "[2] not_run\n");
}

TEST_F(AttemptWriterTest, RecordsTimesWhereAReaderNeedsThem) {
  Start({"print(1)"});
  writer_->SetPlace({"lab", "python3"});
  writer_->KernelReady(Millis(12.4));
  BeginCell(0);
  writer_->EndCell(0, kGood, At(3));
  writer_->End(kSuccess, At(822));
  const RunRecord run = FindRun(store_, claim_.run).value();
  EXPECT_EQ(run.gateway, "lab");
  EXPECT_EQ(run.kernelspec, "python3");
  EXPECT_EQ(run.started_at, At(10));
  EXPECT_EQ(run.finished_at, At(822));
  EXPECT_EQ(run.queue, Millis(10));
  EXPECT_EQ(run.kernel_start, Millis(12.4));
  EXPECT_EQ(run.duration, Millis(812));
  const CellRecord cell = FindCells(store_, claim_.run).at(0);
  EXPECT_EQ(cell.started_at, At());
  EXPECT_EQ(cell.duration, Millis(2.5));
  EXPECT_EQ(cell.execution_count, 1);
}

TEST_F(AttemptWriterTest, ShowsNothingBeforeItIsFlushed) {
  Start({"print(1)"});
  BeginCell(0);
  EXPECT_TRUE(writer_->dirty());
  EXPECT_EQ(Transcript(), "run 1 a running\n[0] pending\n");
  writer_->Flush();
  EXPECT_FALSE(writer_->dirty());
  EXPECT_EQ(Transcript(), "run 1 a running\n[0] running\n");
}

TEST_F(AttemptWriterTest, PutsTheParameterCellBetweenTheOthers) {
  Start({"a", "b", "c"});
  writer_->InsertParameterCell(1, "limit = 5");
  BeginCell(0);
  writer_->Flush();
  std::string seen;
  for (const CellRecord& cell : FindCells(store_, claim_.run)) {
    seen += std::to_string(cell.index) + " " + std::string(ToWord(cell.kind)) + " " + cell.source +
            " " + std::string(ToWord(cell.state)) + "\n";
  }
  EXPECT_EQ(seen,
            "0 code a running\n1 parameters limit = 5 pending\n2 code b pending\n3 code c "
            "pending\n");
}

TEST_F(AttemptWriterTest, JoinsTheTextOfAFlushToOnePiece) {
  Start({"print"});
  BeginCell(0);
  writer_->AddStream(0, 0, "stdout");
  for (int i = 0; i < 25; ++i) writer_->AppendText(0, 0, std::to_string(i) + " ");
  writer_->Flush();
  writer_->AppendText(0, 0, "end");
  writer_->Flush();
  EXPECT_EQ(Ask("SELECT start, size FROM chunk"), "0|65\n65|3\n");
  EXPECT_EQ(FindOutputs(store_, claim_.run, 0, 0).at(0).body.at("text"),
            "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 end");
}

TEST_F(AttemptWriterTest, KeepsStreamsApart) {
  Start({"print"});
  BeginCell(0);
  Print(0, 0, "stdout", "out");
  Print(0, 1, "stderr", "err");
  writer_->AppendText(0, 0, "more");
  writer_->Flush();
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] running\n  0 stdout: \"outmore\"\n  1 stderr: \"err\"\n");
}

TEST_F(AttemptWriterTest, KeepsTextAsItCame) {
  Start({"print"});
  BeginCell(0);
  const std::string text("a\0b\x1b[31m\r\n\xe2\x82\xac", 14);
  Print(0, 0, "stdout", text);
  writer_->Flush();
  EXPECT_EQ(FindOutputs(store_, claim_.run, 0, 0).at(0).body.at("text"), text);
}

TEST_F(AttemptWriterTest, CompressesLargeTextAndReadsItBack) {
  Start({"print"});
  BeginCell(0);
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line " + std::to_string(i) + "\n";
  Print(0, 0, "stdout", text);
  writer_->Flush();
  EXPECT_EQ(Ask("SELECT encoding, length(data) < size / 3 FROM chunk"), "zstd|1\n");
  EXPECT_EQ(FindOutputs(store_, claim_.run, 0, 0).at(0).body.at("text"), text);
}

TEST_F(AttemptWriterTest, FlushesByItselfBeforeMuchIsBuffered) {
  Start({"print"});
  BeginCell(0);
  writer_->AddStream(0, 0, "stdout");
  writer_->AppendText(0, 0, std::string(1 << 20, 'x'));
  EXPECT_TRUE(writer_->dirty());
  writer_->AppendText(0, 0, "x");
  EXPECT_FALSE(writer_->dirty());
}

TEST_F(AttemptWriterTest, StoresALargeBodyOnceByContent) {
  Start({"plot()", "plot()"});
  const std::string body = R"({"data":{"image/png":")" + std::string(2000, 'A') + R"("}})";
  for (int cell = 0; cell < 2; ++cell) {
    BeginCell(cell);
    writer_->AddOutput(cell, 0, OutputType::kDisplayData, "", body);
    writer_->EndCell(cell, kGood, At());
  }
  writer_->Flush();
  EXPECT_EQ(Ask("SELECT count(*), count(DISTINCT content_id) FROM chunk"), "2|1\n");
  EXPECT_EQ(
      FindOutputs(store_, claim_.run, 0, 1).at(0).body.dump(),
      R"({"output_type":"display_data","data":{"image/png":")" + std::string(2000, 'A') + R"("}})");
}

TEST_F(AttemptWriterTest, ReplacesTheBodyOfAnOutputAndForgetsTheOldOne) {
  Start({"show()"});
  BeginCell(0);
  writer_->AddOutput(0, 0, OutputType::kDisplayData, "bar",
                     R"({"data":{"text/plain":")" + std::string(3000, 'A') + R"("}})");
  writer_->AddOutput(0, 1, OutputType::kDisplayData, "", R"({"data":{"text/plain":"other"}})");
  writer_->Flush();
  writer_->ReplaceBody(0, 0, R"({"data":{"text/plain":"100%"}})");
  writer_->ReplaceBody(0, 7, "{}");  // there is none
  writer_->Flush();
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] running\n"
            "  0 {\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"100%\"}}\n"
            "  1 {\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"other\"}}\n");
  EXPECT_EQ(Ask("SELECT count(*) FROM content WHERE size > 1000"), "0\n");
}

TEST_F(AttemptWriterTest, KeepsClearedOutputsInTheHistory) {
  Start({"clear()"});
  BeginCell(0);
  Print(0, 0, "stdout", "10%");
  writer_->ClearOutputs(0);
  Print(0, 1, "stdout", "20%");
  writer_->Flush();
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] running\n  *0 stdout: \"10%\"\n  1 stdout: \"20%\"\n");
  EXPECT_EQ(FindOutputs(store_, claim_.run, 0, 0).size(), 1u);
}

TEST_F(AttemptWriterTest, TakesLateOutputOfAnEndedCell) {
  Start({"spawn()", "wait()"});
  BeginCell(0);
  writer_->EndCell(0, kGood, At());
  writer_->Flush();
  Print(0, 0, "stdout", "late");
  writer_->AddEvent(0, EventKind::kLateOutput, At(7), "4 B after its end");
  writer_->Flush();
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] succeeded\n  late_output: 4 B after its end\n  0 stdout: "
            "\"late\"\n[1] pending\n");
}

TEST_F(AttemptWriterTest, LeavesNoCellOpenAtTheEnd) {
  Start({"a", "b", "c"});
  BeginCell(0);
  writer_->EndCell(0, kGood, At());
  BeginCell(1);
  writer_->End({RunState::kFailed, RunReason::kGatewayLost, "lab is gone", Millis(1)}, At(50));
  EXPECT_EQ(Transcript(),
            "run 1 a failed gateway_lost: lab is gone\n[0] succeeded\n[1] unknown\n[2] not_run\n");
}

TEST_F(AttemptWriterTest, NeverChangesAnEndedAttempt) {
  Start({"a"});
  BeginCell(0);
  writer_->EndCell(0, kGood, At());
  writer_->End(kSuccess, At(50));
  const std::string before = Transcript();
  Print(0, 0, "stdout", "later");
  EXPECT_EQ(ErrorOf(folder(), [&] { writer_->Flush(); }), kClaimLost);
  EXPECT_EQ(Transcript(), before);
  SQLite::Database other(file().string(), SQLite::OPEN_READWRITE);
  for (const char* change :
       {"UPDATE attempt SET message = 'x'", "UPDATE cell SET state = 'unknown'",
        "INSERT INTO output (cell_id, number, type, stream_name) VALUES (1, 0, 'stream', 'stdout');"
        "INSERT INTO chunk (attempt_id, output_id, start, size, encoding, data) "
        "VALUES (1, 1, 0, 1, 'text', x'41')"}) {
    EXPECT_THROW(other.exec(change), SQLite::Exception) << change;
  }
}

TEST_F(AttemptWriterTest, ChangesNothingAfterItsClaimWasTakenAway) {
  Start({"a"});
  BeginCell(0);
  writer_->Flush();
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
      .exec(
          "INSERT INTO worker (id, pid, host, started_at) VALUES (99, 1, 'elsewhere', 1);"
          "UPDATE attempt SET worker_id = 99");
  Print(0, 0, "stdout", "lost");
  EXPECT_EQ(ErrorOf(folder(), [&] { writer_->End(kSuccess, At(50)); }), kClaimLost);
  EXPECT_EQ(Transcript(), "run 1 a running\n[0] running\n");
}

TEST_F(AttemptWriterTest, RefusesATransitionFromAnotherState) {
  Start({"a"});
  writer_->EndCell(0, kGood, At());
  EXPECT_EQ(
      ErrorOf(folder(), [&] { writer_->Flush(); }),
      "store: store DIR/cellar.db: cell 0 cannot end as succeeded: it is not in the state that "
      "this needs; nothing was changed");
}

TEST_F(AttemptWriterTest, KeepsTheBatchWhileTheStoreIsLocked) {
  store_ = Store::Open(file(), StoreMode::kReadWrite, std::chrono::milliseconds(20));
  Start({"a"});
  BeginCell(0);
  Print(0, 0, "stdout", "kept");
  SQLite::Database other(file().string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  EXPECT_NE(ErrorOf(folder(), [&] { writer_->Flush(); }), "no error");
  EXPECT_TRUE(writer_->dirty());
  other.exec("ROLLBACK");
  writer_->Flush();
  EXPECT_EQ(Transcript(), "run 1 a running\n[0] running\n  0 stdout: \"kept\"\n");
}

TEST_F(AttemptWriterTest, KeepsTheWalSmall) {
  Start({"a"});
  BeginCell(0);
  writer_->AddStream(0, 0, "stdout");
  std::string noise(1 << 20, 'x');
  unsigned int state = 1;
  for (int i = 0; i < 40; ++i) {
    for (char& c : noise)
      c = static_cast<char>('!' + ((state = state * 1664525 + 1013904223) >> 26));
    writer_->AppendText(0, 0, noise);
    writer_->Flush();
  }
  EXPECT_LT(std::filesystem::file_size(file().string() + "-wal"), 16u << 20);
}

}  // namespace
}  // namespace cellar
