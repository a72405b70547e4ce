// The commands that read the store: runs, show, export.
#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

class ReadingTest : public CliTest {
 protected:
  ReadingTest() : store_(OpenStore()) {
    MakeFailedRun(store_);
    MakeSucceededRun(store_, "report", "done\n", 3'600'000);
    MakeQueuedRun(store_, "later");
  }

  /// The numbers of the runs that `runs` with these filters lists.
  std::string Found(std::vector<std::string> filters) const {
    filters.insert(filters.begin(), {"runs", "--json"});
    const auto json = nlohmann::json::parse(Cellar(filters).out);
    std::string numbers;
    for (const auto& run : json.at("runs")) numbers += run.at("id").dump() + " ";
    return numbers;
  }

  Store store_;
};

TEST_F(ReadingTest, ListsRunsPlainWhereThereIsNoTerminal) {
  EXPECT_EQ(Transcript({"runs"}),
            "exit 0\n"
            "RUN  JOB            STATE               SUBMITTED              TIME  MESSAGE\n"
            "  3  later          queued              2026-11-23 02:00:00\n"
            "  2  report         succeeded           2026-11-23 03:00:00   1.6 s\n"
            "  1  clean-weather  failed: cell_error  2026-11-23 02:00:00  288 ms  cell 2 (clean): "
            "KeyError: 'temp'\n");
}

TEST_F(ReadingTest, FitsTheListIntoTheWindowOfATerminal) {
  ProgramSpec spec = Spec({"runs"});
  spec.stdout_on_terminal = true;
  spec.terminal_columns = 60;
  EXPECT_EQ(RunProgram(spec).out,
            "RUN  JOB            STATE               SUBMITTED      TIME\n"
            "  3  later          \x1b[33mqueued\x1b[0m              11-23 02:00\n"
            "  2  report         \x1b[32msucceeded\x1b[0m           11-23 03:00   1.6 s\n"
            "  1  clean-weather  \x1b[31mfailed: cell_error\x1b[0m  11-23 02:00  288 ms\n");
}

TEST_F(ReadingTest, ColoursNothingUnderNoColor) {
  ProgramSpec spec = Spec({"runs"});
  spec.stdout_on_terminal = true;
  spec.environment["NO_COLOR"] = "1";
  EXPECT_EQ(RunProgram(spec).out.find('\x1b'), std::string::npos);
}

TEST_F(ReadingTest, FiltersRuns) {
  EXPECT_EQ(Found({}), "3 2 1 ");
  EXPECT_EQ(Found({"--job", "report"}), "2 ");
  EXPECT_EQ(Found({"--state", "failed"}), "1 ");
  EXPECT_EQ(Found({"--reason", "cell_error"}), "1 ");
  EXPECT_EQ(Found({"--tag", "nightly"}), "2 1 ");
  EXPECT_EQ(Found({"--tag", "weather", "--state", "succeeded"}), "");
  EXPECT_EQ(Found({"--since", "2026-11-23T02:30:00Z"}), "2 ");
  EXPECT_EQ(Found({"--until", "2026-11-23 02:30"}), "3 1 ");
  EXPECT_EQ(Found({"--limit", "1"}), "3 ");
  EXPECT_EQ(Found({"--limit", "0"}), "3 2 1 ");
}

TEST_F(ReadingTest, RefusesFiltersThatCannotMatch) {
  EXPECT_EQ(
      Transcript({"runs", "--state", "fialed"}),
      "exit 2\n--\ncellar: runs: --state: there is no \"fialed\": did you mean \"failed\"?\n");
  EXPECT_EQ(Transcript({"runs", "--since", "yesterday"}),
            "exit 2\n--\ncellar: runs: --since: \"yesterday\" is no time: give 2026-11-23, "
            "2026-11-23T03:31:00Z, or how long ago: 90m, 2h, 3d\n");
  EXPECT_EQ(Transcript({"runs", "--limit", "-1"}),
            "exit 2\n--\ncellar: runs: --limit: a number from 0, please\n");
  EXPECT_EQ(Transcript({"runs", "--limit", "x"}),
            "exit 2\n--\ncellar: runs: Could not convert: --limit = x\n");
}

TEST_F(ReadingTest, SaysOnStderrThatNothingMatches) {
  EXPECT_EQ(Transcript({"runs", "--job", "none"}), "exit 0\n--\nno runs match\n");
  EXPECT_EQ(Transcript({"runs", "--job", "none", "-q"}), "exit 0\n");
}

TEST_F(ReadingTest, ShowsARunByNumberLastAndLastOfAJob) {
  const std::string text =
      "exit 0\n"
      "run 2  report  succeeded  1.6 s\n"
      "  job file    jobs/report.toml\n"
      "  gateway     lab, kernel python3, attempt 1\n"
      "  submitted   2026-11-23 03:00:00, queued for 3 ms\n"
      "  tags        nightly\n"
      "\n"
      "[0]  succeeded  1.5 s\n"
      "  | print(text)\n"
      "done\n";
  EXPECT_EQ(Transcript({"show", "2"}), text);
  EXPECT_EQ(Transcript({"show", "last:report"}), text);
  EXPECT_EQ(nlohmann::json::parse(Cellar({"show", "last", "--json"}).out).at("run").at("id"), 3);
}

TEST_F(ReadingTest, ShowsSomeOfTheCells) {
  const std::string header =
      "exit 0\n"
      "run 1  clean-weather  failed (cell_error)  288 ms\n"
      "  cell 2 (clean): KeyError: 'temp'\n"
      "  job file    jobs/clean-weather.toml\n"
      "  gateway     lab, kernel python3, attempt 1\n"
      "  submitted   2026-11-23 02:00:00, queued for 3 ms, kernel ready after 12 ms\n"
      "  tags        weather, nightly\n"
      "  parameters  limit = 5\n"
      "\n";
  const std::string parameters = "[0] parameters  succeeded  5 ms\n  | limit = 5\n";
  EXPECT_EQ(Transcript({"show", "1", "--cell", "0"}), header + parameters);
  const std::string two = Transcript({"show", "1", "--cell", "3", "--cell", "0"});
  EXPECT_EQ(two.rfind(header + parameters + "\n[3]", 0), 0U) << two;
  const auto cells = [&](std::vector<std::string> chosen) {
    chosen.insert(chosen.begin(), {"show", "1", "--json"});
    std::string indices;
    const auto json = nlohmann::json::parse(Cellar(chosen).out);
    for (const auto& cell : json.at("cells")) indices += cell.at("index").dump() + " ";
    return indices;
  };
  EXPECT_EQ(cells({"--cell", "clean"}), "2 ");
  EXPECT_EQ(cells({"--cell", "clean", "--cell", "load", "--cell", "1"}), "1 2 ");
  EXPECT_EQ(cells({}), "0 1 2 3 ");
}

TEST_F(ReadingTest, RefusesCellsThatARunDoesNotHave) {
  EXPECT_EQ(Transcript({"show", "1", "--cell", "0", "--cell", "9"}),
            "exit 2\n--\ncellar: show: run 1 has no cell 9: its last is 3\n");
  EXPECT_EQ(Transcript({"show", "1", "--cell", "laod", "--json"}),
            "exit 2\n--\ncellar: show: run 1 has no cell \"laod\": its last is 3\n");
}

TEST_F(ReadingTest, ReadsWhileTheStoreIsBeingWritten) {
  MakeSucceededRun(store_, "more", "x\n");
  EXPECT_EQ(Found({"--job", "more"}), "4 ");
}

/// nbformat's own judgement of a notebook file, and what it finds in it.
std::string Judged(const std::filesystem::path& file) {
  constexpr char kScript[] = R"(
import sys, nbformat
notebook = nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT)
nbformat.validate(notebook)
print(notebook.nbformat, notebook.nbformat_minor, notebook.metadata.kernelspec.name)
print(notebook.metadata.papermill.duration, notebook.metadata.papermill.parameters)
for cell in notebook.cells:
    print(cell.id, cell.execution_count, cell.metadata.get('tags', []),
          cell.metadata.papermill.status, sorted(cell.metadata.execution),
          [output.output_type for output in cell.outputs])
)";
  ProgramSpec spec;
  spec.arguments = {"/usr/bin/python3", "-c", kScript, file.string()};
  const ProgramResult result = RunProgram(spec);
  return result.out + result.err;
}

TEST_F(ReadingTest, ExportsANotebookThatNbformatAccepts) {
  EXPECT_EQ(Transcript({"export", "1", "--to", "ipynb", "-o", "out.ipynb"}),
            "exit 0\n--\nrun 1 written to out.ipynb\n");
  const std::string timed =
      " ['iopub.execute_input', 'iopub.status.busy', 'iopub.status.idle', 'shell.execute_reply'] ";
  EXPECT_EQ(Judged(folder_ / "out.ipynb"),
            "4 5 python3\n"
            "0.2885 {'limit': 5}\n"
            "cell-0 1 ['injected-parameters'] completed" +
                timed +
                "[]\n"
                "cell-1 2 [] completed" +
                timed +
                "['stream', 'execute_result', 'display_data']\n"
                "cell-2 3 [] failed" +
                timed +
                "['stream', 'error']\n"
                "cell-3 None [] pending [] []\n");
}

TEST_F(ReadingTest, WritesANotebookToStandardOutput) {
  Cellar({"export", "1", "-q", "-o", "out.ipynb"});
  EXPECT_EQ(Cellar({"export", "1"}).out, folder_.Read("out.ipynb"));
  EXPECT_EQ(Cellar({"export", "1", "-o", "-"}).out, folder_.Read("out.ipynb"));
}

TEST_F(ReadingTest, LeavesNothingBehindWhenAnExportFails) {
  EXPECT_EQ(Transcript({"export", "1", "-o", "none/out.ipynb"}),
            "exit 4\n--\ncellar: cannot write none/out.ipynb: No such file or directory\n");
  std::filesystem::create_directories(folder_ / "taken");
  EXPECT_EQ(Transcript({"export", "1", "-o", "taken"}),
            "exit 2\n--\ncellar: export: -o taken: it is a folder: give a file's name\n");
  EXPECT_EQ(Transcript({"export", "1", "--to", "pdf"}),
            "exit 2\n--\ncellar: export: --to: there is no \"pdf\": known formats: ipynb, html, "
            "md, json, txt, "
            "junit\n");
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "taken"));
}

TEST_F(ReadingTest, KeepsTheFormerFileUntilTheNewOneIsWhole) {
  folder_.Write("out.ipynb", "former");
  EXPECT_EQ(Cellar({"export", "99", "-o", "out.ipynb"}).exit_code, 2);
  EXPECT_EQ(folder_.Read("out.ipynb"), "former");
}

}  // namespace
}  // namespace cellar
