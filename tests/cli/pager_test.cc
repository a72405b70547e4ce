// Long answers on a terminal, through a pager.
#include <algorithm>

#include "tests/cli/cli_fixture.h"
#include "tests/support/made_history.h"

namespace cellar {
namespace {

class PagerTest : public CliTest {
 protected:
  PagerTest() {
    Store store = OpenStore();
    MakeRun(store, {"short", {{"", "1", {"one\n"}}}});
    std::string lines;
    for (int i = 0; i < 50'000; ++i) lines += "line " + std::to_string(i) + "\n";
    MakeRun(store, {"long", {{"", "1", {lines}}}});
    MakeRun(store, {"long", {{"", "1", {"another\n" + lines}}}});
    environment_["CELLAR_PAGER"] = "sed 's/^/> /'";
  }

  /// With stdout on a terminal of 24 lines.
  ProgramResult OnTerminal(const std::vector<std::string>& arguments) const {
    ProgramSpec spec = Spec(arguments);
    spec.stdout_on_terminal = true;
    return RunProgram(spec);
  }
  bool IsPaged(const std::vector<std::string>& arguments) const {
    return OnTerminal(arguments).out.starts_with("> ");
  }

  static std::size_t LinesOf(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
};

TEST_F(PagerTest, HasWhatIsLongerThanTheWindow) {
  const ProgramResult result = OnTerminal({"logs", "2"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(LinesOf(result.out), 50'000U);
  EXPECT_TRUE(result.out.starts_with("> line 0\n> line 1\n"));
  EXPECT_TRUE(result.out.ends_with("> line 49999\n"));
  EXPECT_TRUE(IsPaged({"show", "2"}));
  EXPECT_TRUE(IsPaged({"show", "2", "--json"}));
  EXPECT_TRUE(IsPaged({"diff", "1", "2"}));
}

TEST_F(PagerTest, IsNotStartedForWhatFitsTheWindow) {
  EXPECT_EQ(OnTerminal({"logs", "1"}).out, "one\n");
  EXPECT_FALSE(IsPaged({"runs"}));
  EXPECT_FALSE(IsPaged({"stats", "long"}));
  EXPECT_FALSE(IsPaged({"search", "line 7"}));
}

TEST_F(PagerTest, IsNotStartedWithoutATerminalOrWhenItIsSwitchedOff) {
  EXPECT_TRUE(Cellar({"logs", "2"}).out.starts_with("line 0\n"));
  EXPECT_FALSE(IsPaged({"logs", "2", "--no-pager"}));
  EXPECT_FALSE(IsPaged({"--no-pager", "logs", "2"}));
  EXPECT_FALSE(IsPaged({"logs", "-f", "2"}));
  for (const std::string off : {"", "cat", " "}) {
    environment_["CELLAR_PAGER"] = off;
    EXPECT_TRUE(OnTerminal({"logs", "2"}).out.starts_with("line 0\n")) << off;
  }
}

TEST_F(PagerTest, IsTheOneOfPagerWhereThereIsNoneOfOurOwn) {
  environment_.erase("CELLAR_PAGER");
  environment_["PAGER"] = "sed 's/^/# /'";
  EXPECT_TRUE(OnTerminal({"logs", "2"}).out.starts_with("# line 0\n"));
}

TEST_F(PagerTest, GetsLessItsFlags) {
  environment_["CELLAR_PAGER"] = "cat >/dev/null; echo \"[$LESS]\"";
  EXPECT_EQ(OnTerminal({"logs", "2"}).out, "[FRX]\n");
  environment_["LESS"] = "S";
  EXPECT_EQ(OnTerminal({"logs", "2"}).out, "[S]\n");
}

TEST_F(PagerTest, CanBeLeftEarlyWithoutAnError) {
  environment_["CELLAR_PAGER"] = "head -n 2; exit 1";
  for (const std::string command : {"logs", "show"}) {
    const ProgramResult result = OnTerminal({command, "2"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(LinesOf(result.out), 2U);
  }
  EXPECT_EQ(OnTerminal({"diff", "2", "3"}).exit_code, 1);
  EXPECT_EQ(OnTerminal({"diff", "1", "2"}).exit_code, 1);
}

TEST_F(PagerTest, ThatCannotBeStartedIsDoneWithout) {
  environment_["CELLAR_PAGER"] = "no-such-pager -x";
  const ProgramResult result = OnTerminal({"logs", "2"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(LinesOf(result.out), 50'000U);
  EXPECT_TRUE(result.out.starts_with("line 0\nline 1\n")) << result.out.substr(0, 200);
  EXPECT_NE(result.err.find("no-such-pager"), std::string::npos);
  const ProgramResult once = OnTerminal({"logs", "3"});
  EXPECT_EQ(once.out.find("another"), once.out.rfind("another"));
}

}  // namespace
}  // namespace cellar
