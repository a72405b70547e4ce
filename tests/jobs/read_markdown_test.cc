#include <gtest/gtest.h>

#include "jobs/fenced_blocks.h"
#include "tests/jobs/reading.h"

namespace cellar {
namespace {

// `line info |code|` of each block.
std::string Blocks(std::string_view text) {
  std::string shown;
  for (const FencedBlock& block : FindFencedBlocks(text)) {
    std::string code;
    for (const char c : block.code) code += c == '\n' ? '/' : c;
    shown += std::to_string(block.line) + " " + block.info + " |" + code + "|" +
             (block.closed ? "" : " open") + "\n";
  }
  return shown;
}

TEST(FencedBlocksTest, ReadsBothKindsOfFences) {
  EXPECT_EQ(Blocks("text\n```python\na\n\nb\n```\n~~~ r x=1 \nc\n~~~~\n"),
            "2 python |a//b/|\n7 r x=1 |c/|\n");
}

TEST(FencedBlocksTest, ClosesWithAsManySignsOrMore) {
  EXPECT_EQ(Blocks("````md\n```python\n1\n```\n`````\nafter\n"), "1 md |```python/1/```/|\n");
  EXPECT_EQ(Blocks("~~~\n```\n~~~ x\n~~~\n"), "1  |```/~~~ x/|\n");
  EXPECT_EQ(Blocks("```a\n    ```\n   ```\n"), "1 a |    ```/|\n");
}

TEST(FencedBlocksTest, TellsCodeInLinesFromFences) {
  EXPECT_EQ(Blocks("```x``` and `y`\n``\n~~\n"), "");
  EXPECT_EQ(Blocks("~~~ a`b\n1\n~~~\n"), "1 a`b |1/|\n");
}

TEST(FencedBlocksTest, TakesAwayTheIndentationOfTheFence) {
  EXPECT_EQ(Blocks("   ```a\n   1\n     2\n 3\n\n   ```\n"), "1 a |1/  2/3//|\n");
  EXPECT_EQ(Blocks("    ```a\n    1\n    ```\n"), "");
}

TEST(FencedBlocksTest, ReadsBlocksInLists) {
  EXPECT_EQ(Blocks("- item\n\n  ```a\n  1\n  ```\n1. x\n   ```b\n   2\n     3\n   ```\n"),
            "3 a |1/|\n7 b |2/  3/|\n");
  EXPECT_EQ(Blocks("- - ```a\n    1\n    ```\n"), "1 a |1/|\n");
  EXPECT_EQ(Blocks("10. x\n\n    ```a\n    1\n    ```\n"), "3 a |1/|\n");
  EXPECT_EQ(Blocks("-     code\n\n      ```a\n"), "");
  EXPECT_EQ(Blocks("- item\n\ntext\n\n    ```a\n    1\n    ```\n"), "");
  EXPECT_EQ(Blocks("-x\n    ```a\n"), "");
}

TEST(FencedBlocksTest, EndsABlockWithItsItemOrPage) {
  EXPECT_EQ(Blocks("- ```a\n  1\ntext\n```b\n2\n"), "1 a |1/| open\n4 b |2/| open\n");
}

TEST(FencedBlocksTest, FindsNoneInHtmlAndQuotes) {
  EXPECT_EQ(Blocks("<!-- x\n\n```a\n1\n```\n-->\n```b\n2\n```\n"), "7 b |2/|\n");
  EXPECT_EQ(Blocks("<!-- x -->\n```b\n2\n```\n"), "2 b |2/|\n");
  EXPECT_EQ(Blocks("<pre>\n```a\n1\n```\n</pre>\n"), "");
  EXPECT_EQ(Blocks("> ```a\n> 1\n> ```\n"), "");
}

TEST(FencedBlocksTest, ReadsTabsAndWindowsLines) {
  EXPECT_EQ(Blocks("```a\r\n1\r\n```\r\n"), "1 a |1/|\n");
  EXPECT_EQ(Blocks("-\t```a\n\t1\n\t```\n"), "1 a |1/|\n");
}

TEST(MarkdownTest, TakesTheBlocksOfOneLanguage) {
  EXPECT_EQ(CellsOf("a.md",
                    "# Title\n```bash\npip install x\n```\n```python\nx = 1\n```\n"
                    "```\nplain\n```\n~~~py\ny = 2\n~~~\n```text\n3\n```\n"),
            "[0] - a.md:6 |x = 1|\n[1] - a.md:12 |y = 2|\n");
  EXPECT_EQ(CellsOf("a.md", "```bash\nls\n```\n```R\nx\n```\n"), "[0] - a.md:5 |x|\n");
  EXPECT_EQ(CellsOf("a.md", "```bash\nls\n```\n"), "[0] - a.md:2 |ls|\n");
}

TEST(MarkdownTest, KnowsTheKernelFromItsHeader) {
  const std::string header =
      "---\njupytext:\n  formats: md\nkernelspec:\n  display_name: R\n  language: R\n  name: ir\n"
      "---\n```python\n1\n```\n```r\n2\n```\n";
  EXPECT_EQ(CellsOf("a.md", header), "[0] - a.md:13 |2|\n");
  EXPECT_EQ(Read("a.md", header).job->kernel, "ir");
  EXPECT_EQ(Read("a.md", header).job->language, "r");
  EXPECT_EQ(CellsOf("a.qmd", "---\njupyter: julia-1.9\n---\n```{julia}\n1\n```\n"),
            "[0] - a.qmd:5 |1|\n");
  EXPECT_EQ(CellsOf("a.md", "---\nno header\n```python\n1\n```\n"), "[0] - a.md:4 |1|\n");
}

TEST(MarkdownTest, ReadsJupytextOptions) {
  EXPECT_EQ(CellsOf("a.md",
                    "```python tags=[\"parameters\"] name=\"inputs\"\nn = 5\n```\n"
                    "```python .noeval\n2\n```\n```python tags=[\"skip-execution\"]\n3\n```\n"),
            "[0] inputs a.md:2 |n = 5|\n[1] - a.md:8 |3| skip\n");
  const Job job = *Read("a.md", "```python tags=[\"parameters\"]\nn = 5\n```\n").job;
  EXPECT_EQ(job.parameters_before, 1u);
  EXPECT_EQ(job.parameters.at(0).name, "n");
}

TEST(MarkdownTest, ReadsMystCells) {
  const std::string header = "---\nkernelspec:\n  name: python3\n---\n";
  EXPECT_EQ(CellsOf("a.md", header + "```python\nshown only\n```\n```{code-cell} ipython3\n"
                                     ":tags: [raises-exception, 'x']\n:name: one\n1/0\n```\n"
                                     "```{code-cell}\n2\n```\n```{note}\nread this\n```\n"),
            "[0] one a.md:11 |1/0| may_raise\n[1] - a.md:14 |2|\n");
}

TEST(MarkdownTest, ReadsRMarkdownChunks) {
  const std::string page =
      "```{r load, echo=FALSE}\n1\n```\n```{r}\n2\n```\n```{r, eval = FALSE}\n3\n```\n"
      "```{r eval=FALSE}\n4\n```\n```r\nshown only\n```\n```{python}\n5\n```\n";
  EXPECT_EQ(CellsOf("a.Rmd", page), "[0] load a.Rmd:2 |1|\n[1] - a.Rmd:5 |2|\n");
  EXPECT_EQ(CellsOf("a.qmd", page), "[0] - a.qmd:17 |5|\n");
}

TEST(MarkdownTest, RefusesBlocksLeftOpen) {
  EXPECT_EQ(ProblemsOf("---\nx: 1\n---\n```python\n1\n", {}, "a.md"),
            "a.md:4:1: the fenced block is not closed; close it with a line of the same signs\n");
}

TEST(MarkdownTest, RefusesPagesWithoutCode) {
  const std::string problem = "a.md: has no code cells; cells are fenced blocks: ```python\n";
  EXPECT_EQ(ProblemsOf("", {}, "a.md"), problem);
  EXPECT_EQ(ProblemsOf("```\nplain\n```\n", {}, "a.md"), problem);
  EXPECT_EQ(ProblemsOf("```{}\nplain\n```\n", {}, "a.md"), problem);
  EXPECT_EQ(ProblemsOf("```python\n \n```\n", {}, "a.md"), problem);
}

TEST(MarkdownTest, LimitsItsBlocks) {
  std::string text;
  for (int i = 0; i < 10'001; ++i) text += "```python\n1\n```\n";
  EXPECT_EQ(ProblemsOf(text, {}, "a.md"),
            "a.md: has more than 10000 fenced blocks; make several of it\n");
}

}  // namespace
}  // namespace cellar
