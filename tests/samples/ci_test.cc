// A failing sample as CI systems see it, with a real kernel's traceback.
#include <gtest/gtest.h>

#include "tests/support/child_process.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

TEST(CiTest, PointsAtTheLineOfTheFileThatRaised) {
  const TempDir home;
  ProgramSpec spec;
  spec.arguments = {kProgram, "run", "fails-midway.toml", "--junit", home / "cells.xml"};
  spec.environment = {{"HOME", home.path()},
                      {"CELLAR_STORE", home / "cellar.db"},
                      {"GITHUB_ACTIONS", "true"},
                      {"GITHUB_WORKSPACE", kSourceDir}};
  spec.working_dir = kSourceDir + "/samples";
  const ProgramResult result = RunProgram(spec);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(
      result.err.find("\n::error file=samples/fails-midway.toml,line=30,title=fails-midway%3A "
                      "cell 2 (mean)::KeyError: 'temp'\n"),
      std::string::npos)
      << result.err;
  const std::string report = home.Read("cells.xml");
  EXPECT_NE(report.find("name=\"[2] mean\" file=\"fails-midway.toml\" line=\"30\""),
            std::string::npos)
      << report;
}

}  // namespace
}  // namespace cellar
