// What `run` leaves for a CI system: the JUnit report, metrics, lines of GitHub's and GitLab's
// logs.
#include <sys/stat.h>

#include <csignal>
#include <regex>
#include <sstream>

#include "tests/cli/cli_fixture.h"
#include "tests/support/fake_gateway.h"

namespace cellar {
namespace {

class RunReportsTest : public CliTest {
 protected:
  RunReportsTest() {
    environment_["CELLAR_GATEWAY"] = gateway_.Address().url;
    environment_["CELLAR_TOKEN"] = gateway_.Address().token;
    folder_.Write("jobs/good.toml",
                  "[[cell]]\nname = \"one\"\ncode = \"print hello\"\n"
                  "[[cell]]\ncode = \"print there\"\nskip = true\n");
    folder_.Write(
        "jobs/bad.toml",
        "[[cell]]\nname = \"works\"\ncode = \"print fine\"\n\n"
        "[[cell]]\nname = \"breaks\"\ncode = '''\nprint before\nraise KeyError 'temp'\n'''\n"
        "[[cell]]\ncode = \"print never\"\n");
  }

  /// What Debian's Python says to `script`, with `file` as its argument.
  std::string Python(const std::string& script, const std::string& file) const {
    ProgramSpec spec;
    spec.arguments = {"/usr/bin/python3", "-c", script, (folder_ / file).string()};
    const ProgramResult result = RunProgram(spec);
    return result.out + result.err;
  }

  /// "job: name kind" a test case, as junitparser reads them; a passed one is "ok".
  std::string Cases(const std::string& file) const {
    return Python(R"(
import sys, junitparser
for suite in junitparser.JUnitXml.fromfile(sys.argv[1]):
    for case in suite:
        kinds = [type(result).__name__ + ' ' + str(result.type) for result in case.result]
        print(f'{suite.name}: {case.name}: {" ".join(kinds) or "ok"}')
)",
                  file);
  }

  FakeGateway gateway_;
};

TEST_F(RunReportsTest, WritesOneReportOfSeveralFiles) {
  const ProgramResult result =
      Cellar({"run", "-q", "jobs/good.toml", "jobs/bad.toml", "--jobs", "1", "--junit", "out.xml"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_EQ(Cases("out.xml"),
            "good: [0] one: ok\n"
            "good: [1]: Skipped None\n"
            "bad: [0] works: ok\n"
            "bad: [1] breaks: Failure KeyError\n"
            "bad: [2]: Skipped None\n");
}

TEST_F(RunReportsTest, WritesAReportIntoAPipe) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  ProgramSpec reader;
  reader.arguments = {"/bin/cat", (folder_ / "pipe").string()};
  ChildProcess reading(reader);
  EXPECT_EQ(Cellar({"run", "-q", "jobs/good.toml", "--junit", "pipe"}).exit_code, 0);
  folder_.Write("out.xml", reading.Wait().out);
  EXPECT_EQ(Cases("out.xml"), "good: [0] one: ok\ngood: [1]: Skipped None\n");
}

TEST_F(RunReportsTest, WritesTheReportOfARunThatIsInterrupted) {
  folder_.Write("slow.toml",
                "[[cell]]\ncode = \"print begun\\nhang\"\n[[cell]]\ncode = \"print 2\"\n");
  ChildProcess cellar(
      Spec({"run", "slow.toml", "--junit", "out.xml", "--metrics-file", "out.prom"}));
  gateway_.AwaitCells(1);
  cellar.Signal(SIGINT);
  EXPECT_EQ(cellar.Wait().exit_code, 130);
  EXPECT_EQ(Cases("out.xml").substr(0, 16), "slow: [0]: Error");
  EXPECT_NE(folder_.Read("out.prom")
                .find("cellar_job_last_run_state{cellar_job=\"slow\",state=\"cancelled\"} 1\n"),
            std::string::npos);
}

TEST_F(RunReportsTest, ReportsAGatewayThatIsNotThere) {
  gateway_.StopListening();
  EXPECT_EQ(Cellar({"run", "-q", "jobs/good.toml", "--junit", "out.xml"}).exit_code, 3);
  EXPECT_EQ(Cases("out.xml"),
            "good: [0] one: Skipped None\n"
            "good: [1]: Skipped None\n"
            "good: run: Error gateway_unreachable\n");
}

TEST_F(RunReportsTest, RefusesFilesThatCannotBeWrittenBeforeAnythingRuns) {
  EXPECT_EQ(Transcript({"run", "jobs/good.toml", "--junit", "none/out.xml"}),
            "exit 4\n--\ncellar: cannot write none/out.xml: No such file or directory\n");
  EXPECT_EQ(Transcript({"run", "jobs/good.toml", "--metrics-file", "jobs"}),
            "exit 2\n--\ncellar: run: --metrics-file jobs: give a file's name\n");
  EXPECT_TRUE(gateway_.Codes().empty());
}

TEST_F(RunReportsTest, WritesMetricsThatPrometheusReads) {
  Cellar({"run", "-q", "jobs/good.toml"});
  Cellar(
      {"run", "-q", "jobs/bad.toml", "jobs/good.toml", "--jobs", "1", "--metrics-file", "a.prom"});
  const std::string samples = Python(R"(
import sys
from prometheus_client.parser import text_string_to_metric_families as families
for family in families(open(sys.argv[1]).read()):
    for sample in family.samples:
        labels = ' '.join(value for name, value in sorted(sample.labels.items()))
        value = 'T' if 'seconds' in sample.name and sample.value >= 0 else sample.value
        if sample.value > 0 or value == 'T': print(family.type, sample.name.replace('cellar_job_', ''), labels, value)
)",
                                     "a.prom");
  EXPECT_EQ(samples,
            "gauge last_run_state bad failed 1.0\n"
            "gauge last_run_state good succeeded 1.0\n"
            "gauge last_run_reason bad cell_error 1.0\n"
            "gauge last_run_cells bad succeeded 1.0\n"
            "gauge last_run_cells bad failed 1.0\n"
            "gauge last_run_cells bad not_run 1.0\n"
            "gauge last_run_cells good succeeded 1.0\n"
            "gauge last_run_cells good skipped 1.0\n"
            "gauge last_run_number bad 2.0\n"
            "gauge last_run_number good 3.0\n"
            "gauge last_run_started_timestamp_seconds bad T\n"
            "gauge last_run_started_timestamp_seconds good T\n"
            "gauge last_run_finished_timestamp_seconds bad T\n"
            "gauge last_run_finished_timestamp_seconds good T\n"
            "gauge last_success_timestamp_seconds good T\n"
            "gauge last_run_duration_seconds bad T\n"
            "gauge last_run_duration_seconds good T\n"
            "gauge last_run_queue_seconds bad T\n"
            "gauge last_run_queue_seconds good T\n"
            "gauge last_run_kernel_start_seconds bad T\n"
            "gauge last_run_kernel_start_seconds good T\n");
}

/// What GitHub's runner would obey of a log, as its ActionCommand.cs and ActionCommandManager.cs
/// read it: "::command …::" at the beginning of a line, else "##[command …]" anywhere in it, unless
/// a token that is still to come has stopped it.
std::string Obeyed(const std::string& log) {
  static const std::regex kNewForm(R"(^\s*::([^ :]+)( .*?)?::(.*)$)");
  static const std::regex kOldForm(R"(##\[([^ \]]+)[^\]]*\](.*)$)");
  std::string obeyed;
  std::string token;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    const bool is_new = std::regex_search(line, match, kNewForm);
    if (!is_new && !std::regex_search(line, match, kOldForm)) continue;
    const std::string command = match[1];
    if (!token.empty()) {
      if (command == token) token.clear();
    } else if (command == "stop-commands") {
      token = match[match.size() - 1];
    } else {
      obeyed += line + "\n";
    }
  }
  return obeyed + (token.empty() ? "" : "(still stopped)\n");
}

TEST(ObeyedTest, TellsCommandsFromOtherLines) {
  EXPECT_EQ(Obeyed("a ::error::b\n ::error::c\nx ##[add-mask]d\n::stop-commands::t\n::error::e\n"
                   "##[error]f\n::t::\n::error file=x::g\n::stop-commands::u\n"),
            " ::error::c\nx ##[add-mask]d\n::error file=x::g\n(still stopped)\n");
}

TEST_F(RunReportsTest, AnnotatesTheFailingLineOnGithub) {
  environment_["GITHUB_ACTIONS"] = "true";
  environment_["GITHUB_WORKSPACE"] = folder_.path().string();
  environment_["GITHUB_STEP_SUMMARY"] = (folder_ / "summary.md").string();
  folder_.Write("summary.md", "before\n");
  const ProgramResult result = Cellar({"run", "jobs/bad.toml"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(Obeyed(result.err),
            "::group::run 1: bad: outputs\n"
            "::endgroup::\n"
            "::error file=jobs/bad.toml,line=8,title=bad%3A cell 1 (breaks)::KeyError: 'temp'\n")
      << result.err;
  EXPECT_NE(result.err.find("\n  | raise KeyError 'temp'\n"), std::string::npos);
  const std::string summary = folder_.Read("summary.md");
  EXPECT_EQ(summary.rfind("before\n# bad: failed \\(cell\\_error\\)\n", 0), 0U) << summary;
  EXPECT_NE(summary.find("| \\[1\\] breaks | failed \\(error\\) |"), std::string::npos);
}

TEST_F(RunReportsTest, LetsNoOutputCommandGithubsRunner) {
  environment_["GITHUB_ACTIONS"] = "true";
  gateway_.OnCell([](FakeCell& cell) {
    cell.Stream("stdout",
                "::error::injected\n::add-mask::x\n##[add-mask]y\n::stop-commands::z\n::z::\n");
    cell.Raise("KeyError", "::error::injected\n##[error]injected");
  });
  folder_.Write("job.toml", "name = \"job\"\n[[cell]]\nname = \"::error::n\"\ncode = \"x\"\n");
  const std::string log = Cellar({"run", "job.toml"}).err;
  EXPECT_EQ(Obeyed(log),
            "::group::run 1: job: outputs\n::endgroup::\n"
            "::error file=job.toml,line=4,title=job%3A cell 0 (%3A%3Aerror%3A%3An)::"
            "KeyError: ::error::injected\n")
      << log;
}

TEST_F(RunReportsTest, AnnotatesUnsoundJobFilesOnGithub) {
  environment_["GITHUB_ACTIONS"] = "true";
  environment_["GITHUB_WORKSPACE"] = folder_.path().string();
  folder_.Write("typo.toml", "[[cell]]\ncode = \"x\"\ntimout = \"1s\"\n");
  const std::string expected =
      "::error file=typo.toml,line=3,col=1,title=unsound job file::unknown key \"timout\" in "
      "[[cell]] 0; did you mean \"timeout\"?\n";
  for (const char* command : {"run", "check"}) {
    const ProgramResult result = Cellar({command, "typo.toml"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(Obeyed(result.err), expected) << command << ": " << result.err;
  }
}

TEST_F(RunReportsTest, FoldsOutputsOnGitlab) {
  environment_["GITLAB_CI"] = "true";
  const std::string log = Cellar({"run", "jobs/good.toml"}).err;
  const std::regex section(
      "\x1b\\[0Ksection_start:[0-9]+:cellar_run_1\\[collapsed=true\\]\r\x1b\\[0K"
      "run 1: good: outputs\n[^\x1b]*\nhello\n[^\x1b]*"
      "\x1b\\[0Ksection_end:[0-9]+:cellar_run_1\r\x1b\\[0K\n");
  EXPECT_TRUE(std::regex_search(log, section)) << log;
}

TEST_F(RunReportsTest, SaysNothingMoreOutsideOfCi) {
  const ProgramResult result = Cellar({"run", "jobs/good.toml"});
  EXPECT_EQ(result.err.find("::"), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("hello"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace cellar
