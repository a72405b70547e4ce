// What export, run and outputs write beside HTML: JUnit, Markdown, metrics, files, lines of CI
// logs.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runner/review/base64.h"
#include "runner/review/clean_text.h"
#include "runner/review/github_commands.h"
#include "runner/review/gitlab_sections.h"
#include "runner/review/json_dump.h"
#include "runner/review/junit.h"
#include "runner/review/markdown_report.h"
#include "runner/review/markdown_text.h"
#include "runner/review/metrics.h"
#include "runner/review/output_files.h"
#include "store/attempt_writer.h"
#include "tests/support/made_store.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

class ReviewFilesTest : public testing::Test {
 protected:
  ReviewFilesTest() : store_(Store::Open(dir_ / "cellar.db", StoreMode::kReadWrite)) {}

  RunRecord Record(RunId id) const { return FindRun(store_, id).value(); }
  std::string JunitOf(const std::vector<RunId>& ids) const {
    std::vector<RunRecord> runs;
    for (const RunId id : ids) runs.push_back(Record(id));
    std::string text;
    WriteJunit(store_, runs, [&](std::string_view piece) { text.append(piece); });
    return text;
  }
  std::string MarkdownOf(RunId id) const {
    std::string text;
    WriteMarkdownReport(store_, Record(id), [&](std::string_view piece) { text.append(piece); });
    return text;
  }
  std::vector<OutputFile> FilesOfRun(const std::vector<std::string>& outputs) {
    return FilesOf(3, FindOutputs(store_, MakeRunWithOutputs(store_, "files", outputs), 1, 0));
  }

  TempDir dir_;
  Store store_;
};

std::string Display(const Json& data) {
  return Json{{"output_type", "display_data"}, {"data", data}, {"metadata", Json::object()}}.dump();
}

TEST_F(ReviewFilesTest, ReportsARunAsASuiteAndACellAsATestCase) {
  EXPECT_EQ(JunitOf({MakeFailedRun(store_)}), R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="cellar" tests="4" failures="1" errors="0" skipped="1" time="0.288">
 <testsuite name="clean-weather" tests="4" failures="1" errors="0" skipped="1" time="0.288" timestamp="2026-11-23T02:00:00">
  <properties>
   <property name="run" value="1" />
   <property name="state" value="failed" />
   <property name="reason" value="cell_error" />
   <property name="job_file" value="jobs/clean-weather.toml" />
   <property name="gateway" value="lab" />
   <property name="kernelspec" value="python3" />
   <property name="attempt" value="1" />
   <property name="parameter.limit" value="5" />
  </properties>
  <testcase classname="clean-weather" name="[0] parameters" time="0.005" />
  <testcase classname="clean-weather" name="[1] load" file="jobs/clean-weather.toml" line="8" time="0.210">
   <system-out>reading
   temp
0  21.5
&lt;Figure size 640x480&gt;
[image/png, 9 B]
</system-out>
  </testcase>
  <testcase classname="clean-weather" name="[2] clean" file="jobs/clean-weather.toml" line="16" time="0.041">
   <failure message="KeyError: 'temp'" type="KeyError">-----------
KeyError  Traceback (most recent call last)
Cell In [3], line 3
      2 b = 2
----&gt; 3 frame['temp']
KeyError: 'temp'
</failure>
   <system-err>100%
</system-err>
  </testcase>
  <testcase classname="clean-weather" name="[3] plot" file="jobs/clean-weather.toml" line="21" time="0.000">
   <skipped message="not run: the run ended before" />
  </testcase>
 </testsuite>
</testsuites>
)xml");
}

TEST_F(ReviewFilesTest, TellsTheJobsOwnFailuresFromEverythingElse) {
  /// What a run that ended so, with its only cell in this state, is reported with.
  const auto verdicts = [&](const CellEnd& cell, const AttemptEnd& end) {
    store_.RegisterWorker();
    NewRun run;
    run.job.name = "ends";
    run.job.cells.resize(1);
    const RunId id = store_.AddRun(run, StoreTime());
    AttemptWriter writer(store_, store_.ClaimRun(id, StoreTime()).value().attempt, 0);
    if (cell.state != CellState::kNotRun) {
      writer.BeginCell(0, "m", "s", StoreTime(1));
      if (cell.state != CellState::kUnknown) writer.EndCell(0, cell, StoreTime(2));
    }
    writer.End(end, StoreTime(3));
    const std::string xml = JunitOf({id});
    std::string found;
    for (const char* kind : {"<failure", "<error", "<skipped"}) {
      const std::size_t at = xml.find(kind);
      if (at == std::string::npos) continue;
      found += xml.substr(at, xml.find_first_of("/>\n", at + 1) - at) + "|";
    }
    return found;
  };
  const auto failed = [](CellReason reason) {
    return CellEnd{CellState::kFailed, reason, "m", 1, Millis(1)};
  };
  const CellEnd none{CellState::kNotRun, std::nullopt, "", std::nullopt, std::nullopt};
  const CellEnd unknown{CellState::kUnknown, std::nullopt, "", std::nullopt, std::nullopt};
  const CellEnd good{CellState::kSucceeded, std::nullopt, "", 1, Millis(1)};
  using R = RunReason;
  const auto run = [](RunState state, RunReason reason) {
    return AttemptEnd{state, reason, "why"};
  };
  EXPECT_EQ(verdicts(failed(CellReason::kError), run(RunState::kFailed, R::kCellError)),
            "<failure message=\"m\" type=\"error\" |");
  EXPECT_EQ(verdicts(failed(CellReason::kOutputLimit), run(RunState::kFailed, R::kOutputLimit)),
            "<failure message=\"m\" type=\"output_limit\" |");
  EXPECT_EQ(verdicts(failed(CellReason::kTimeout), run(RunState::kFailed, R::kCellTimeout)),
            "<error message=\"m\" type=\"timeout\" |");
  EXPECT_EQ(verdicts(failed(CellReason::kKernelDied), run(RunState::kFailed, R::kKernelDied)),
            "<error message=\"m\" type=\"kernel_died\" |");
  EXPECT_EQ(verdicts(unknown, run(RunState::kFailed, R::kGatewayLost)),
            "<error message=\"unknown\" type=\"unknown\" |");
  // No cell tells: the run itself does.
  EXPECT_EQ(verdicts(none, run(RunState::kFailed, R::kGatewayUnreachable)),
            "<error message=\"why\" type=\"gateway_unreachable\" |"
            "<skipped message=\"not run: the run ended before\" |");
  EXPECT_EQ(verdicts(good, run(RunState::kCancelled, R::kByUser)),
            "<error message=\"why\" type=\"by_user\" |");
  EXPECT_EQ(verdicts(none, run(RunState::kCancelled, R::kOverlap)),
            "<skipped message=\"not run: the run ended before\" |");
}

TEST_F(ReviewFilesTest, KeepsHeadAndTailOfLongOutputInAReport) {
  const std::string xml = JunitOf(
      {MakeSucceededRun(store_, "long", "first\n" + std::string(1 << 20, 'x') + "\nlast\n")});
  EXPECT_LT(xml.size(), 70'000U);
  EXPECT_NE(xml.find("<system-out>first\n"), std::string::npos);
  EXPECT_NE(xml.find("left out …]"), std::string::npos);
  EXPECT_NE(xml.find("\nlast\n</system-out>"), std::string::npos);
}

TEST_F(ReviewFilesTest, PutsWhatJobsWroteIntoFencesThatItCannotEnd) {
  const std::string text =
      MarkdownOf(MakeSucceededRun(store_, "tricky_job", "```\n# not a title\n"));
  EXPECT_EQ(text.substr(0, text.find("\n\n")), "# tricky\\_job: succeeded");
  EXPECT_NE(text.find("\n````text\n```\n# not a title\n````\n"), std::string::npos) << text;
}

TEST_F(ReviewFilesTest, WritesTheWholeRunAsMarkdown) {
  const std::string text = MarkdownOf(MakeFailedRun(store_));
  EXPECT_NE(text.find("| \\[2\\] clean | failed \\(error\\) | 40 ms |\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("```python\nframe = read()\nframe\n```\n"), std::string::npos);
  EXPECT_NE(text.find("![output 2 of cell 1](data:image/png;base64,iVBORw0KGgo=)\n"),
            std::string::npos);
  EXPECT_NE(text.find("\n> resumed: after 2 s\n"), std::string::npos);
}

TEST_F(ReviewFilesTest, KeepsASummaryWithinItsLimit) {
  const RunRecord run = Record(MakeFailedRun(store_));
  EXPECT_NE(MarkdownSummary(store_, run, 1 << 20).find("frame['temp']"), std::string::npos);
  const std::string small = MarkdownSummary(store_, run, 200);
  EXPECT_LE(small.size(), 200U);
  EXPECT_NE(small.find("cellar show 1"), std::string::npos) << small;
}

TEST(MarkdownTextTest, EscapesWhatMarkdownWouldObey) {
  EXPECT_EQ(EscapeMarkdown("a|b *c* <i> [x](y)\n# t"),
            "a\\|b \\*c\\* &lt;i&gt; \\[x\\]\\(y\\) \\# t");
  EXPECT_EQ(CodeSpan("a`b"), "`` a`b ``");
  EXPECT_EQ(FencedBlock("", "text"), "```text\n```\n");
}

TEST_F(ReviewFilesTest, NamesOutputsByCellKindAndNumber) {
  std::string names;
  for (const OutputFile& file : FilesOfRun(
           {R"({"output_type": "stream", "name": "stdout", "text": "1\r2\u001b[31m3"})",
            Display({{"image/png", "iVBORw0KGgo="}, {"text/plain", "<Figure>"}}),
            Display({{"text/html", "<b>"}, {"application/vnd.x+json", {{"a", 1}}}}),
            Display({{"image/svg+xml", "<svg/>"}}),
            R"({"output_type": "stream", "name": "stderr", "text": "w"})",
            R"({"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["E: v"]})"})) {
    names += file.name + " " + file.type + " " + file.bytes + "\n";
  }
  EXPECT_EQ(names,
            "cell-03-stdout-1.txt text/plain 23\n\n"
            "cell-03-figure-1.png image/png \x89PNG\r\n\x1a\n\n"
            "cell-03-figure-1.txt text/plain <Figure>\n"
            "cell-03-output-1.html text/html <b>\n"
            "cell-03-output-1.json application/vnd.x+json {\n  \"a\": 1\n}\n\n"
            "cell-03-figure-2.svg image/svg+xml <svg/>\n"
            "cell-03-stderr-1.txt text/plain w\n\n"
            "cell-03-error-1.txt text/plain E: v\n\n");
}

TEST_F(ReviewFilesTest, MakesNoNameOfWhatAJobSays) {
  std::string names;
  for (const OutputFile& file :
       FilesOfRun({Display({{"image/../../../../tmp/evil", "AAAA"},
                            {"text/../../x", "t"},
                            {"/etc/passwd", "p"},
                            {"", "e"},
                            {"image/png; name=../../x.sh", "AAAA"},
                            {"a\nb", "n"}}),
                   R"({"output_type": "stream", "name": "../../../evil", "text": "x"})"})) {
    names += file.name + "\n";
  }
  EXPECT_EQ(names,
            "cell-03-figure-1.bin\ncell-03-figure-1.txt\ncell-03-figure-1-2.bin\n"
            "cell-03-figure-1-3.bin\ncell-03-figure-1.png\ncell-03-figure-1-4.bin\n"
            "cell-03-stdout-1.txt\n");
}

TEST_F(ReviewFilesTest, GivesWhatIsNoBase64AsItCame) {
  const auto files = FilesOfRun({Display({{"image/png", "not base64!"}})});
  EXPECT_TRUE(files.at(0).is_damaged);
  EXPECT_EQ(files.at(0).bytes, "not base64!");
}

TEST(Base64Test, ReadsWhatItWrites) {
  for (std::size_t size = 0; size < 50; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i * 37 + size));
    EXPECT_EQ(DecodeBase64(EncodeBase64(bytes)), bytes);
  }
  EXPECT_EQ(EncodeBase64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");  // a known vector
  EXPECT_EQ(DecodeBase64("YW55IGNhcm5hbCBw\nbGVhcw"), "any carnal pleas");
  EXPECT_EQ(DecodeBase64("A"), std::nullopt);
  EXPECT_EQ(DecodeBase64("AA=A"), std::nullopt);
}

TEST(MimeTest, MatchesTypesAndFamilies) {
  EXPECT_TRUE(MatchesType("image/png", "image/png"));
  EXPECT_TRUE(MatchesType("image/png", "image/*"));
  EXPECT_TRUE(MatchesType("text/html; charset=utf-8", "text/html"));
  EXPECT_TRUE(MatchesType("x/y", ""));
  EXPECT_FALSE(MatchesType("image/png", "image/pn"));
  EXPECT_FALSE(MatchesType("images/png", "image/*"));
}

TEST(JsonDumpTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(DumpJson({{"a", "\x1b[31m\x7f\u009b\u202eé\u2028\xff"}}),
            "{\"a\":\"\\u001b[31m\\u007f\\u009b\\u202eé\u2028\uFFFD\"}");
}

TEST(CleanTextTest, KeepsOnlyWhatXmlMayHold) {
  EXPECT_EQ(CleanText(std::string("a\tb\r\nc\0\x1b\ufffe\xc3(é", 15)),
            "a\tb\nc\uFFFD\uFFFD\uFFFD\uFFFD(é");
  EXPECT_EQ(CleanLine("a\n\x1b[31mb\uffff"), "a b\uFFFD");
}

TEST(GithubCommandsTest, EscapesDataAndProperties) {
  GithubAnnotation annotation;
  annotation.file = "a,b:c%.py";
  annotation.line = 3;
  annotation.title = "t::error::x";
  annotation.message = "50%\r\n::error::m";
  EXPECT_EQ(GithubCommand(annotation),
            "::error file=a%2Cb%3Ac%25.py,line=3,title=t%3A%3Aerror%3A%3Ax::50%25%0A::error::m\n");
  EXPECT_EQ(GithubCommand({GithubLevel::kWarning, "", 0, 0, "", "m"}), "::warning::m\n");
  EXPECT_EQ(GithubGroup("a\n::error::b"), "::group::a ::error::b\n");
}

TEST(GithubCommandsTest, FindsFilesFromTheCheckout) {
  EXPECT_EQ(PathInWorkspace("job.toml", "/w/repo/jobs", "/w/repo"), "jobs/job.toml");
  EXPECT_EQ(PathInWorkspace("../x/job.toml", "/w/repo/jobs", "/w/repo/"), "x/job.toml");
  EXPECT_EQ(PathInWorkspace("/w/repo/a.py", "/elsewhere", "/w/repo"), "a.py");
  EXPECT_EQ(PathInWorkspace("/w/repository/a.py", "/elsewhere", "/w/repo"), "/w/repository/a.py");
  EXPECT_EQ(PathInWorkspace("job.toml", "/w", ""), "job.toml");
}

TEST(GitlabSectionsTest, FoldsASection) {
  EXPECT_EQ(GitlabSectionStart("cellar_run_1", "run 1:\x1b[0K\r\njob", StoreTime(999)),
            "\x1b[0Ksection_start:1795399200:cellar_run_1[collapsed=true]\r\x1b[0Krun 1:  job\n");
  EXPECT_EQ(GitlabSectionEnd("cellar_run_1", StoreTime()),
            "\x1b[0Ksection_end:1795399200:cellar_run_1\r\x1b[0K\n");
}

}  // namespace
}  // namespace cellar
