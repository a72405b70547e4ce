// What the tab key offers, asked as the shells' scripts ask, and through bash itself.
#include "tests/cli/cli_fixture.h"
#include "tests/support/made_history.h"
#include "tests/support/paths.h"

namespace cellar {
namespace {

class CompletionTest : public CliTest {
 protected:
  CompletionTest() {
    Store store = OpenStore();
    MakeRun(store, {"weather", {{"load", "read()"}}});
    MakeRun(store, {"report", {{"", "1"}}});
    MakeQueuedRun(store, "weather");
  }

  /// The words that are offered.
  std::string Offered(std::vector<std::string> words) const {
    words.insert(words.begin(), "__complete");
    std::string text = Cellar(words).out;
    std::string offered;
    while (!text.empty()) {
      offered += text.substr(0, text.find('\t')) + " ";
      text.erase(0, text.find('\n') + 1);
    }
    return offered;
  }

  /// What bash would put in, with the cursor at the end of the line.
  std::string InBash(const std::string& line) const {
    ProgramSpec spec;
    spec.arguments = {"/bin/bash", "-c",
                      "source <('" + std::string(kProgram) +
                          "' completion bash); COMP_LINE=\"$1\" COMP_POINT=${#1}; "
                          "COMP_WORDBREAKS=$' :'; _cellar; echo \"${COMPREPLY[@]}\"",
                      "bash", std::string(kProgram) + " " + line};
    spec.environment = environment_;
    spec.environment["PATH"] = "/usr/bin:/bin";
    spec.working_dir = folder_.path();
    const ProgramResult result = RunProgram(spec);
    return result.out + result.err;
  }
};

TEST_F(CompletionTest, OffersCommandsAndTheirOptions) {
  EXPECT_EQ(Offered({"ru"}), "run runs ");
  EXPECT_EQ(Offered({"diff", "--ce"}), "--cell ");
  EXPECT_EQ(Offered({"schedule", "p"}), "pause ");
  EXPECT_EQ(Offered({"completion", ""}), "bash zsh fish ");
  EXPECT_EQ(Offered({"nonsense", "x"}), "");
}

TEST_F(CompletionTest, OffersRunsAndJobsOfTheStore) {
  EXPECT_EQ(Offered({"show", ""}), "last 3 2 1 last:weather last:report ");
  EXPECT_EQ(Offered({"diff", "1", "last:"}), "last:weather last:report ");
  EXPECT_EQ(Offered({"cancel", "1", "2", "3"}), "3 ");
  EXPECT_EQ(Offered({"stats", ""}), "weather report ");
  EXPECT_EQ(Offered({"runs", "--job", "re"}), "report ");
  EXPECT_EQ(Offered({"runs", "--state", ""}), "queued running succeeded failed cancelled ");
  EXPECT_EQ(Cellar({"__complete", "show", "2"}).out, "2\treport succeeded 2026-11-23 02:00:00\n");
}

TEST_F(CompletionTest, OffersTheCellsOfTheRunThatWasGiven) {
  EXPECT_EQ(Offered({"show", "1", "--cell", ""}), "load ");
  EXPECT_EQ(Offered({"logs", "last:report", "--cell", ""}), "0 ");
  EXPECT_EQ(Offered({"outputs", "1", "lo"}), "load ");
  EXPECT_EQ(Offered({"show", "9", "--cell", ""}), "");
  EXPECT_EQ(Offered({"show", "--cell", ""}), "");
  EXPECT_EQ(Cellar({"__complete", "diff", "1", "2", "--cell", ""}).out, "load\t[0] succeeded\n");
}

TEST_F(CompletionTest, OffersNothingWhereFilesAreMeantOrThereIsNoStore) {
  EXPECT_EQ(Offered({"check", ""}), "");
  EXPECT_EQ(Offered({"export", "1", "-o", ""}), "");
  EXPECT_EQ(Offered({"--store", "none.db", "show", ""}), "last ");
  EXPECT_EQ(Offered({"stats", "--store", "none.db", ""}), "");
}

TEST_F(CompletionTest, WorksInBash) {
  EXPECT_EQ(InBash("ru"), "run runs\n");
  EXPECT_EQ(InBash("show "), "last 3 2 1 last:weather last:report\n");
  EXPECT_EQ(InBash("show last:w"), "weather\n");
  EXPECT_EQ(InBash("stats re"), "report\n");
}

TEST_F(CompletionTest, KnowsThreeShells) {
  EXPECT_EQ(Cellar({"completion", "zsh"}).out.substr(0, 15), "#compdef cellar");
  EXPECT_NE(Cellar({"completion", "fish"}).out.find("complete -c cellar"), std::string::npos);
  EXPECT_EQ(Transcript({"completion", "fisch"}),
            "exit 2\n--\ncellar: completion: there is no \"fisch\": did you mean \"fish\"?\n");
}

}  // namespace
}  // namespace cellar
