#include <nlohmann/json.hpp>

#include "store/attempt_writer.h"
#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

/// A run that the test itself is executing.
class LogsTest : public CliTest {
 protected:
  LogsTest() : store_(OpenStore()) {}

  void Begin() {
    store_.RegisterWorker();
    NewRun run;
    run.job.name = "live";
    run.job.cells.resize(2);
    run_ = store_.AddRun(run, StoreTime());
    writer_ = std::make_unique<AttemptWriter>(
        store_, store_.ClaimRun(run_, StoreTime(1)).value().attempt, 0);
    writer_->BeginCell(0, "m0", "s", StoreTime(2));
    writer_->AddStream(0, 0, "stdout");
  }
  void Print(const std::string& text) {
    writer_->AppendText(0, 0, text);
    writer_->Flush();
  }
  void End() {
    writer_->EndCell(0, {CellState::kSucceeded, std::nullopt, "", 1, Millis(1)}, StoreTime(3));
    writer_->BeginCell(1, "m1", "s", StoreTime(4));
    writer_->AddStream(1, 0, "stderr");
    writer_->AppendText(1, 0, "second\n");
    writer_->EndCell(1, {CellState::kSucceeded, std::nullopt, "", 2, Millis(1)}, StoreTime(5));
    writer_->End({RunState::kSucceeded, std::nullopt, "", Millis(10)}, StoreTime(11));
  }

  Store store_;
  RunId run_;
  std::unique_ptr<AttemptWriter> writer_;
};

TEST_F(LogsTest, PrintsWhatATerminalWouldShow) {
  MakeFailedRun(store_);
  EXPECT_EQ(Transcript({"logs", "last"}),
            "exit 0\n"
            "reading\n   temp\n0  21.5\n<Figure size 640x480>\n[image/png, 9 B]\n"
            "100%\n-----------\nKeyError  Traceback (most recent call last)\n"
            "Cell In [3], line 3\n      2 b = 2\n----> 3 frame['temp']\nKeyError: 'temp'\n");
}

TEST_F(LogsTest, PrintsOneCellOrTheRawText) {
  MakeFailedRun(store_);
  EXPECT_EQ(Cellar({"logs", "1", "--cell", "1"}).out,
            "reading\n   temp\n0  21.5\n<Figure size 640x480>\n[image/png, 9 B]\n");
  const std::string raw = Cellar({"logs", "1", "--cell", "2", "--raw"}).out;
  EXPECT_EQ(raw.substr(0, 32), " 10%\r 50%\r100%\n\x1b[0;31m----------");
  EXPECT_EQ(Cellar({"logs", "1", "--cell", "load"}).out, Cellar({"logs", "1", "--cell", "1"}).out);
  EXPECT_EQ(Transcript({"logs", "1", "--cell", "laod"}),
            "exit 2\n--\ncellar: logs: run 1 has no cell \"laod\": its last is 3\n");
  EXPECT_EQ(Transcript({"logs", "1", "--cell", "9"}),
            "exit 2\n--\ncellar: logs: run 1 has no cell 9: its last is 3\n");
}

TEST_F(LogsTest, PrintsAJsonObjectALine) {
  MakeFailedRun(store_);
  const std::string out = Cellar({"logs", "1", "--cell", "1", "--json"}).out;
  EXPECT_EQ(out.substr(0, out.find('\n')),
            R"({"schema_version":1,"cell":1,"number":0,"output":{"output_type":"stream",)"
            R"("name":"stdout","text":"reading\n"}})");
}

TEST_F(LogsTest, EndsWithoutWaitingUnlessToldToFollow) {
  Begin();
  Print("so far\n");
  EXPECT_EQ(Transcript({"logs", "last"}), "exit 0\nso far\n");
  End();
}

TEST_F(LogsTest, FollowsARunThatAnotherProcessExecutes) {
  Begin();
  Print("one\n");
  ChildProcess cellar(Spec({"logs", "-f", "last"}));
  cellar.AwaitOutput("one\n");
  Print("50%\r");
  Print("99%\r");
  Print("done\n");
  cellar.AwaitOutput("done\n");
  End();
  const ProgramResult result = cellar.Wait();
  EXPECT_EQ(TranscriptOf(result), "exit 0\none\ndone\nsecond\n");
}

TEST_F(LogsTest, ShowsALineThatIsNotFinishedWhenFollowingOnATerminal) {
  Begin();
  Print("one\n 50%");
  ProgramSpec spec = Spec({"logs", "-f", "last"});
  spec.stdout_on_terminal = true;
  ChildProcess cellar(spec);
  cellar.AwaitOutput("one\n 50%\n");
  Print("\r 99%");
  cellar.AwaitOutput(" 99%\n");
  Print("\n");
  End();
  EXPECT_EQ(cellar.Wait().out.rfind("one\n 50%\n\x1b[1A\r\x1b[J 99%\n\x1b[1A\r\x1b[J", 0), 0U)
      << cellar.out();
  EXPECT_EQ(cellar.out().substr(cellar.out().size() - 12), " 99%\nsecond\n");
}

TEST_F(LogsTest, EndsAtOnceWhenTheRunHasEnded) {
  MakeSucceededRun(store_, "report", "no line end");
  EXPECT_EQ(Transcript({"logs", "-f", "1"}), "exit 0\nno line end\n");
}

}  // namespace
}  // namespace cellar
