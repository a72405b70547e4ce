// The manual page that the program writes.
#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

TEST_F(CliTest, WritesAManualPageOfAllCommands) {
  const std::string page = Cellar({"man"}).out;
  EXPECT_EQ(page.substr(0, 13), ".TH CELLAR 1\n");
  EXPECT_NE(page.find(".SS cellar diff\nSay what differs between two runs.\n.PP\n.RS\n.EX\n"
                      "cellar diff 12 last \\-\\-cell clean\n.EE\n.RE\n.TP\n\\fBRUN\\fR\n"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find(".TP\n\\fB\\-\\-cell CELL\\fR\nOnly this cell: its index or its name, in "
                      "either run\n"),
            std::string::npos);
  EXPECT_NE(page.find(".SS cellar schedule add\n"), std::string::npos);
  EXPECT_NE(page.find(".TP\n\\fB\\-\\-store FILE\\fR\n"), std::string::npos);
}

}  // namespace
}  // namespace cellar
