#include <gtest/gtest.h>

#include "jobs/notebook_places.h"
#include "tests/jobs/reading.h"

namespace cellar {
namespace {

std::string Notebook(std::string_view cells, std::string_view metadata = "{}") {
  return "{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": " + std::string(metadata) +
         ", \"cells\": [" + std::string(cells) + "]}";
}

std::string CodeCell(std::string_view source, std::string_view metadata = "{}") {
  return "{\"cell_type\": \"code\", \"metadata\": " + std::string(metadata) +
         ", \"outputs\": [], \"source\": " + std::string(source) + "}";
}

std::string ProblemsOfNotebook(std::string_view text) { return ProblemsOf(text, {}, "a.ipynb"); }

TEST(NotebookTest, ReadsCodeCellsWithTheirLines) {
  EXPECT_EQ(CellsOf("x/a.ipynb", R"({
 "cells": [
  {
   "cell_type": "markdown",
   "metadata": {},
   "source": ["# \"source\": [1]"]
  },
  {
   "cell_type": "code",
   "execution_count": 7,
   "metadata": {"name": "load", "source": "elsewhere"},
   "outputs": [{"output_type": "stream", "name": "stdout", "text": ["{\"cells\": [{"]}],
   "source": [
    "x = 1\n",
    "y = 2"
   ]
  },
  {"cell_type": "raw", "metadata": {}, "source": "raw"},
  {"cell_type": "code", "metadata": {}, "outputs": [], "source": "print(x)\r\nprint(y)\r\n"}
 ],
 "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
 "nbformat": 4,
 "nbformat_minor": 5
})"),
            "[0] load x/a.ipynb:14 |x = 1⏎y = 2|\n[1] - x/a.ipynb:19 |print(x)⏎print(y)⏎|\n");
}

TEST(NotebookTest, HasDefaultLimits) {
  const Job job = *Read("x/my-analysis.ipynb", Notebook(CodeCell("\"1\""))).job;
  EXPECT_EQ(job.name, "my-analysis");
  EXPECT_EQ(job.kernel, "");
  EXPECT_EQ(job.timeout, std::nullopt);
  EXPECT_EQ(job.cell_timeout, std::nullopt);
  EXPECT_EQ(job.retry.attempts, 1);
  EXPECT_EQ(job.working_dir, ".");
}

TEST(NotebookTest, TakesKernelAndLanguageFromTheMetadata) {
  const auto shown = [](std::string_view metadata) {
    const Job job = *Read("a.ipynb", Notebook(CodeCell("\"1\""), metadata)).job;
    return job.kernel + "/" + job.language;
  };
  EXPECT_EQ(shown(R"({"kernelspec": {"name": "ir", "language": "R"}})"), "ir/r");
  EXPECT_EQ(shown(R"({"kernelspec": {"name": "julia-1.9"}})"), "julia-1.9/julia");
  EXPECT_EQ(shown(R"({"language_info": {"name": "python"}})"), "/python");
  EXPECT_EQ(shown(R"({"kernelspec": {"name": "x", "language": 5}})"), "x/");
  EXPECT_EQ(shown("{}"), "/");
  EXPECT_EQ(shown("5"), "/");
}

TEST(NotebookTest, DoesWhatTheTagsMean) {
  EXPECT_EQ(
      CellsOf("a.ipynb", Notebook(CodeCell("\"1\"", R"({"tags": ["raises-exception"]})") + "," +
                                  CodeCell("\"2\"", R"({"tags": ["skip-execution", 5]})"))),
      "[0] - a.ipynb:1 |1| may_raise\n[1] - a.ipynb:1 |2| skip\n");
}

TEST(NotebookTest, LearnsItsParametersFromTheTaggedCell) {
  const std::string tagged =
      R"~("# the inputs\nlimit = 5\npath: str = 'a=1'; rate=0.5\na, b = 1, 2\n)~"
      R"~(if limit == 5:\n  inner = 1\nlimit = 6\nx == 5\nf(y=3)")~";
  const Job job = *Read("a.ipynb", Notebook(CodeCell("\"first\"") + "," +
                                            CodeCell(tagged, R"({"tags": ["parameters"]})") + "," +
                                            CodeCell("\"z = 1\"", R"({"tags": ["parameters"]})")))
                       .job;
  std::string names;
  for (const Parameter& parameter : job.parameters) {
    EXPECT_EQ(parameter.value, std::nullopt);
    names += parameter.name + " ";
  }
  EXPECT_EQ(names, "limit path rate a b ");
  EXPECT_EQ(job.parameters_before, 2u);
}

TEST(NotebookTest, InjectsBehindTheParametersOfAnEarlierRun) {
  const Job job =
      *Read("a.ipynb", Notebook(CodeCell("\"n = 1\"", R"({"tags": ["parameters"]})") + "," +
                                CodeCell("\"n = 2\"", R"({"tags": ["injected-parameters"]})") +
                                "," + CodeCell("\"n\"")))
           .job;
  EXPECT_EQ(job.parameters_before, 2u);
}

TEST(NotebookTest, LeavesOutBlankCells) {
  EXPECT_EQ(CellsOf("a.ipynb", Notebook(CodeCell("\"\"") + "," + CodeCell("[]") + "," +
                                        CodeCell("[\" \\n\"]") + "," + CodeCell("\"1\""))),
            "[0] - a.ipynb:1 |1|\n");
  EXPECT_EQ(ProblemsOfNotebook(Notebook("")), "a.ipynb: has no code cells; write some code\n");
}

TEST(NotebookTest, ReadsEveryMinorVersionOfFour) {
  for (const std::string minor : {"0", "1", "2", "3", "4", "5", "6"}) {
    EXPECT_EQ(ProblemsOfNotebook("{\"nbformat\": 4, \"nbformat_minor\": " + minor +
                                 ", \"cells\": [" + CodeCell("\"1\"") + "]}"),
              "");
  }
}

TEST(NotebookTest, RefusesOtherVersions) {
  EXPECT_EQ(ProblemsOfNotebook(R"({"nbformat": 3, "worksheets": []})"),
            "a.ipynb:1:1: is of nbformat 3, not 4; convert it: jupyter nbconvert --to notebook "
            "--nbformat 4\n");
  EXPECT_EQ(ProblemsOfNotebook(R"({"nbformat": "4"})"),
            "a.ipynb:1:1: has no \"nbformat\"; is it a notebook?\n");
  EXPECT_EQ(ProblemsOfNotebook("[]"), "a.ipynb:1:1: has no \"nbformat\"; is it a notebook?\n");
  EXPECT_EQ(ProblemsOfNotebook(R"({"nbformat": 4, "cells": {}})"),
            "a.ipynb:1:1: has no list \"cells\"; is it a notebook?\n");
}

TEST(NotebookTest, NamesThePlaceOfEveryBadCell) {
  EXPECT_EQ(ProblemsOfNotebook("{\"nbformat\": 4, \"cells\": [\n"
                               "{\"cell_type\": \"code\"},\n"
                               " {\"cell_type\": \"query\", \"source\": \"1\"},\n"
                               "{\"cell_type\": \"code\", \"source\": [1]},\n"
                               "{\"cell_type\": \"code\", \"source\": \"1\"}]}"),
            "a.ipynb:2:1: cells[0] has no source; a string or a list of strings\n"
            "a.ipynb:3:2: cells[1] has no known cell_type; code, markdown or raw\n"
            "a.ipynb:4:1: cells[2] has no source; a string or a list of strings\n");
  EXPECT_EQ(ProblemsOfNotebook(R"({"nbformat": 4, "cells": [5]})"),
            "a.ipynb:1:1: cells[0] has no known cell_type; code, markdown or raw\n");
}

TEST(NotebookTest, RefusesWhatIsNoJson) {
  EXPECT_EQ(ProblemsOfNotebook("{\n\"cells\": [,]}"),
            "a.ipynb:2:11: cannot be read as a notebook: syntax error while parsing value - "
            "unexpected ','; expected '[', '{', or a literal; a notebook is a JSON file that "
            "Jupyter wrote\n");
  EXPECT_EQ(ProblemsOfNotebook("{\"a\": \"\xE9\"}"),
            "a.ipynb:1:8: is not UTF-8; save it as UTF-8\n");
  EXPECT_EQ(ProblemsOfNotebook(""),
            "a.ipynb:1:1: cannot be read as a notebook: syntax error while parsing value - "
            "unexpected end of input; expected '[', '{', or a literal; a notebook is a JSON file "
            "that Jupyter wrote\n");
}

TEST(NotebookTest, NamesTheLimitOfNesting) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string problem =
      "cannot be read as a notebook: nested deeper than 500 levels; a notebook is a JSON file that "
      "Jupyter wrote\n";
  EXPECT_EQ(ProblemsOfNotebook(deep), "a.ipynb:1:501: " + problem);
  const std::string before =
      "{\"nbformat\": 4, \"cells\": [" + CodeCell("\"1\"") + "], \"metadata\": ";
  EXPECT_EQ(ProblemsOfNotebook(before + deep + "}"),
            "a.ipynb:1:" + std::to_string(before.size() + 500) + ": " + problem);
}

TEST(NotebookTest, NamesTheLimitOfSize) {
  EXPECT_EQ(ProblemsOfNotebook(std::string((100 << 20) + 1, ' ')),
            "a.ipynb: is larger than 100 MiB; clear its outputs\n");
}

TEST(NotebookTest, LimitsCellsAndValuesButNotOutputs) {
  std::string zeros;
  for (int i = 0; i < 1'000'000; ++i) zeros += "0,";
  zeros += "0";
  EXPECT_EQ(ProblemsOfNotebook(Notebook("", "[" + zeros + "]")),
            "a.ipynb:1:1: cannot be read as a notebook: more than 1000000 values; a notebook is a "
            "JSON file that Jupyter wrote\n");
  EXPECT_EQ(ProblemsOfNotebook(Notebook("{\"cell_type\": \"code\", \"outputs\": [" + zeros +
                                        "], \"source\": \"1\"}")),
            "");
  std::string cells = CodeCell("\"1\"");
  for (int i = 0; i < 10'000; ++i) cells += "," + CodeCell("\"1\"");
  EXPECT_EQ(ProblemsOfNotebook(Notebook(cells)),
            "a.ipynb:1:1: has more than 10000 cells; make several of it\n");
}

TEST(NotebookTest, ReadsAByteOrderMark) {
  EXPECT_EQ(CellsOf("a.ipynb", "\xEF\xBB\xBF" + Notebook(CodeCell("\"1\""))),
            "[0] - a.ipynb:1 |1|\n");
}

TEST(NotebookPlacesTest, FindsCellsOfTheTopListOnly) {
  const auto shown = [](std::string_view text) {
    std::string places;
    for (const NotebookCellPlace& place : FindNotebookCells(text)) {
      places += std::to_string(place.cell.line) + ":" + std::to_string(place.cell.column) + "/" +
                std::to_string(place.source_line) + " ";
    }
    return places;
  };
  EXPECT_EQ(shown(R"({"metadata": {"cells": [{"source": 1}]}, "cells":
[{"source": "x"}, {"a": [{"source": "y"}],
"source":
["z"]}], "other": [{"source": "w"}]})"),
            "2:2/2 2:19/4 ");
  EXPECT_EQ(shown(R"({"cells": "cells"})"), "");
  EXPECT_EQ(shown(R"({"a": "cells", "cells": [[{"source": "x"}]]})"), "");
}

}  // namespace
}  // namespace cellar
