#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

class CheckTest : public CliTest {
 protected:
  CheckTest() {
    folder_.Write("good.toml",
                  "kernel = \"python3\"\n[parameters]\nlimit = 5\n[constraints]\n"
                  "limit = { min = 1 }\n[[cell]]\ncode = \"1\"\n[[cell]]\nfile = \"steps/a.py\"\n");
    folder_.Write("steps/a.py", "print(limit)\n");
    folder_.Write("bad.toml", "nmae = \"x\"\n[[cell]]\nfile = \"none.py\"\n");
  }
};

TEST_F(CheckTest, SaysWhatASoundJobIs) {
  EXPECT_EQ(Transcript({"check", "good.toml"}),
            "exit 0\ngood.toml: job good: 2 cells, 1 parameter, kernel python3\n");
  EXPECT_EQ(Transcript({"check", "-q", "good.toml"}), "exit 0\n");
}

TEST_F(CheckTest, SaysEverythingThatIsWrongInEveryFile) {
  EXPECT_EQ(Transcript({"check", "bad.toml", "good.toml", "none.toml", "steps"}),
            "exit 2\n"
            "bad.toml:1:1: unknown key \"nmae\"; did you mean \"name\"?\n"
            "bad.toml:3:8: [[cell]] 0: file none.py: No such file or directory; a path relative to "
            "this file\n"
            "good.toml: job good: 2 cells, 1 parameter, kernel python3\n"
            "none.toml: No such file or directory\n"
            "steps: is a directory\n");
}

TEST_F(CheckTest, ChecksGivenValues) {
  EXPECT_EQ(Transcript({"check", "good.toml", "-p", "limit=0", "-p", "lmit=1"}),
            "exit 2\n"
            "good.toml: parameter limit is 0, less than 1\n"
            "good.toml: unknown parameter \"lmit\"; did you mean \"limit\"?\n");
  folder_.Write("values.json", "{\"limit\": 7}");
  EXPECT_EQ(Transcript({"check", "-q", "-f", "values.json", "good.toml"}), "exit 0\n");
  EXPECT_EQ(Transcript({"check", "-f", "none.json", "-p", "x", "good.toml"}),
            "exit 2\n--\ncellar: none.json: No such file or directory; -p x: not of the form "
            "name=value\n");
}

TEST_F(CheckTest, ReadsStandardInput) {
  ProgramSpec spec = Spec({"check", "-"});
  spec.input = "[[cell]]\ncoed = \"1\"\n";
  EXPECT_EQ(TranscriptOf(RunProgram(spec)),
            "exit 2\n"
            "-:1:1: [[cell]] 0: neither code nor file; one of them: code = '''…''' or file = "
            "\"…\"\n"
            "-:2:1: unknown key \"coed\" in [[cell]] 0; did you mean \"code\"?\n");
}

TEST_F(CheckTest, AnswersAsJson) {
  const ProgramResult result = Cellar({"check", "--json", "bad.toml", "good.toml"});
  EXPECT_EQ(result.exit_code, 2);
  const auto files = nlohmann::json::parse(result.out).at("files");
  EXPECT_EQ(files[0].at("sound"), false);
  EXPECT_EQ(files[0].at("problems").size(), 2U);
  EXPECT_EQ(files[0].at("problems")[0].at("line"), 1);
  EXPECT_EQ(files[1].at("sound"), true);
  EXPECT_EQ(files[1].at("job"), "good");
  EXPECT_EQ(files[1].at("cell_count"), 2);
  EXPECT_EQ(files[1].at("parameters").dump(), "[\"limit\"]");
}

TEST_F(CheckTest, NamesTheLimitOfAFileThatIsTooLarge) {
  folder_.Write("huge.ipynb", "");
  std::filesystem::resize_file(folder_ / "huge.ipynb", 200'000'000);
  EXPECT_EQ(Transcript({"check", "huge.ipynb"}), "exit 2\nhuge.ipynb: is larger than 64.0 MiB\n");
}

}  // namespace
}  // namespace cellar
