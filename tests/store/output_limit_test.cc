#include <nlohmann/json.hpp>

#include "store/attempt_writer.h"
#include "store/output_outlines.h"
#include "store/store_impl.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class OutputLimitTest : public StoreTest {
 protected:
  void Start(std::uint64_t limit) {
    claim_ = Begin(store_, RunOf("a", {"print()"}));
    writer_ = std::make_unique<AttemptWriter>(store_, claim_.attempt, limit);
    writer_->BeginCell(0, "msg", "session", At());
  }

  void Show(int number, const std::string& text) {
    const nlohmann::json body = {{"data", {{"text/plain", text}}}};
    writer_->AddOutput(0, number, OutputType::kDisplayData, "", body.dump());
  }

  std::string Transcript() const { return TranscriptOf(store_, claim_.run); }

  std::uint64_t OutputBytes() const { return FindCells(store_, claim_.run).at(0).output_bytes; }

  Store store_ = OpenStore();
  Claim claim_;
  std::unique_ptr<AttemptWriter> writer_;
};

TEST_F(OutputLimitTest, KeepsHeadAndTailOfAStream) {
  Start(16);
  writer_->AddStream(0, 0, "stdout");
  for (int i = 0; i < 10; ++i) {
    writer_->AppendText(0, 0, std::to_string(i) + "---");
    writer_->Flush();
  }
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] running\n"
            "  outputs_truncated: kept 16 B of 40 B; output_per_cell is 16 B\n"
            "  0 stdout: \"0---1---\" (24 missing) \"8---9---\"\n");
  EXPECT_EQ(OutputBytes(), 40u);
  EXPECT_EQ(Ask("SELECT bytes, kept_bytes FROM outputs"), "40|16\n");
}

TEST_F(OutputLimitTest, SaysNothingWhereNothingWasCut) {
  Start(16);
  writer_->AddStream(0, 0, "stdout");
  writer_->AppendText(0, 0, "sixteen bytes...");
  writer_->Flush();
  EXPECT_EQ(Transcript(), "run 1 a running\n[0] running\n  0 stdout: \"sixteen bytes...\"\n");
}

TEST_F(OutputLimitTest, ForgetsWholeOutputsOfTheMiddle) {
  Start(100);
  for (int i = 0; i < 6; ++i) Show(i, std::string(5, static_cast<char>('a' + i)));
  writer_->Flush();
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] running\n"
            "  outputs_truncated: kept 93 B of 186 B; output_per_cell is 100 B\n"
            "  0 {\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"aaaaa\"}}\n"
            "  4 {\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"eeeee\"}}\n"
            "  5 {\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"fffff\"}}\n");
}

TEST_F(OutputLimitTest, LeavesNothingBehindOfWhatItForgot) {
  Start(10'000);
  for (int i = 0; i < 20; ++i) Show(i, std::string(3000, static_cast<char>('a' + i)));
  writer_->Flush();
  EXPECT_EQ(Ask("SELECT number FROM output"), "0\n18\n19\n");
  EXPECT_EQ(Ask("SELECT count(*) FROM content WHERE size > 2000"), "3\n");
}

TEST_F(OutputLimitTest, TakesAnOutputThatWasForgottenMeanwhileForNoDamage) {
  Start(100);
  for (int i = 0; i < 3; ++i) Show(i, std::string(5, static_cast<char>('a' + i)));
  writer_->Flush();
  const auto outlines = FindOutlines(store_, claim_.run, 0, 0);
  ASSERT_EQ(outlines.size(), 3u);
  for (int i = 3; i < 6; ++i) Show(i, std::string(5, static_cast<char>('a' + i)));
  writer_->Flush();
  EXPECT_TRUE(ReadOutputBody(store_, outlines.at(0)).has_value());
  EXPECT_FALSE(ReadOutputBody(store_, outlines.at(1)).has_value());
}

TEST_F(OutputLimitTest, TakesAnOutputWithoutABodyForDamage) {
  Start(100);
  Show(0, "aaaaa");
  writer_->Flush();
  const OutputOutline outline = FindOutlines(store_, claim_.run, 0, 0).at(0);
  store_.impl().database.Execute("DELETE FROM chunk");
  EXPECT_NE(ErrorOf(folder(), [&] { ReadOutputBody(store_, outline); }).find("has no body"),
            std::string::npos);
}

TEST_F(OutputLimitTest, KeepsTheSmallPartsOfAnOutputThatIsTooLarge) {
  Start(150'000);
  const nlohmann::json body = {
      {"data", {{"text/plain", "<Figure>"}, {"image/png", std::string(200'000, 'A')}}}};
  writer_->AddOutput(0, 0, OutputType::kDisplayData, "", body.dump());
  writer_->Flush();
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] running\n"
            "  outputs_truncated: kept 34 B of 195.4 KiB; output_per_cell is 146.5 KiB; dropped "
            "image/png (195.3 KiB)\n"
            "  0 {\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"<Figure>\"}}\n");
}

TEST_F(OutputLimitTest, DropsWhatDoesNotFitInAnyForm) {
  Start(20);
  Show(0, "more than twenty bytes");
  writer_->AddStream(0, 1, "stdout");
  writer_->AppendText(0, 1, "next");
  writer_->Flush();
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] running\n"
            "  outputs_truncated: kept 4 B of 52 B; output_per_cell is 20 B\n"
            "  1 stdout: \"next\"\n");
}

TEST_F(OutputLimitTest, GoesOnWithAStreamWhosePiecesWereForgotten) {
  Start(20);
  writer_->AddStream(0, 0, "stdout");
  writer_->AppendText(0, 0, "0123456789abcde");
  writer_->AddStream(0, 1, "stderr");
  writer_->AppendText(0, 1, "ABCDEFGHIJ");
  writer_->AppendText(0, 0, "late");
  writer_->Flush();
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] running\n"
            "  outputs_truncated: kept 20 B of 29 B; output_per_cell is 20 B\n"
            "  0 stdout: \"0123456789\" (5 missing) \"late\"\n"
            "  1 stderr: \"\" (4 missing) \"EFGHIJ\"\n");
}

TEST_F(OutputLimitTest, ReplacesOnlyWithWhatFits) {
  Start(100);
  Show(0, "aaaaa");
  Show(1, "bbbbb");
  writer_->Flush();
  writer_->ReplaceBody(0, 1, R"({"data":{"text/plain":"bbbbbbbbbb"}})");
  writer_->ReplaceBody(0, 0, R"({"data":{"text/plain":")" + std::string(60, 'a') + R"("}})");
  writer_->Flush();
  EXPECT_EQ(Transcript(),
            "run 1 a running\n[0] running\n"
            "  outputs_truncated: kept 67 B of 153 B; output_per_cell is 100 B\n"
            "  0 {\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"aaaaa\"}}\n"
            "  1 {\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"bbbbbbbbbb\"}}\n");
}

TEST_F(OutputLimitTest, SaysSoInTheSameCommitAsTheCut) {
  InKilledProcess([&] {
    Store store = OpenStore();
    const Claim claim = Begin(store, RunOf("a", {"print()"}));
    AttemptWriter writer(store, claim.attempt, 4);
    writer.BeginCell(0, "msg", "session", At());
    writer.AddStream(0, 0, "stdout");
    writer.AppendText(0, 0, "0123456789");
    writer.Flush();
  });
  EXPECT_EQ(TranscriptOf(store_, RunId{1}),
            "run 1 a running\n[0] running\n"
            "  outputs_truncated: kept 4 B of 10 B; output_per_cell is 4 B\n"
            "  0 stdout: \"01\" (6 missing) \"89\"\n");
}

TEST_F(OutputLimitTest, TellsTheLastTimeThatItWasTold) {
  Start(4);
  writer_->AddStream(0, 0, "stdout");
  writer_->AppendText(0, 0, "0123456789");
  writer_->Flush();
  writer_->AppendText(0, 0, "0123456789");
  writer_->EndCell(0, {CellState::kSucceeded, {}, "", 1, Millis(1)}, At(70));
  writer_->Flush();
  const EventRecord event = FindCells(store_, claim_.run).at(0).events.at(0);
  EXPECT_EQ(event.at, At());  // when the first was cut
  EXPECT_EQ(event.detail, "kept 4 B of 20 B; output_per_cell is 4 B");
}

TEST_F(OutputLimitTest, HoldsTheStoreSmallUnderALongStream) {
  Start(1 << 20);
  writer_->AddStream(0, 0, "stdout");
  std::string noise(100'000, 'x');
  unsigned int state = 1;
  for (int i = 0; i < 200; ++i) {
    for (char& c : noise)
      c = static_cast<char>('!' + ((state = state * 1664525 + 1013904223) >> 26));
    writer_->AppendText(0, 0, noise);
    writer_->Flush();
  }
  EXPECT_EQ(OutputBytes(), 20'000'000u);
  EXPECT_EQ(Ask("SELECT kept_bytes BETWEEN 1000000 AND 1048576 FROM outputs"), "1\n");
  EXPECT_EQ(Ask("SELECT page_count < 600 FROM pragma_page_count"), "1\n");
}

}  // namespace
}  // namespace cellar
