// Programs as children of a test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <stdexcept>
#include <string>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

ProgramSpec Shell(const std::string& script) { return {.arguments = {"sh", "-c", script}}; }

TEST(ChildProcessTest, TellsWhatAProgramWroteAndHowItEnded) {
  const ProgramResult result = RunProgram(Shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.signal, 0);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
}

TEST(ChildProcessTest, GivesItInputEnvironmentAndFolder) {
  const TempDir folder;
  folder.Write("here", "");
  ProgramSpec spec = Shell("ls; echo $WORD; cat");
  spec.environment = {{"WORD", "word"}};
  spec.working_dir = folder.path();
  spec.input = std::string(1'000'000, 'x');
  EXPECT_EQ(RunProgram(spec).out, "here\nword\n" + spec.input);
}

TEST(ChildProcessTest, InheritsNothingOfOurs) {
  ::setenv("CELLAR_TEST_SECRET", "secret", 1);
  EXPECT_EQ(RunProgram(Shell("echo $HOME$CELLAR_TEST_SECRET")).out, "\n");
}

TEST(ChildProcessTest, TellsWhichSignalEndedIt) {
  ChildProcess program(Shell("echo ready; exec sleep 1000"));
  program.AwaitOutput("ready");
  EXPECT_TRUE(program.running());
  program.Signal(SIGTERM);
  const ProgramResult result = program.Wait();
  EXPECT_EQ(result.exit_code, -1);
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_FALSE(program.running());
}

TEST(ChildProcessTest, ShowsItATerminalWhereAsked) {
  const std::string script =
      "for fd in 0 1 2; do if test -t $fd; then echo $fd is one; fi; done; stty size <&2";
  ProgramSpec spec = Shell(script);
  spec.stderr_on_terminal = true;
  spec.terminal_columns = 100;
  EXPECT_EQ(RunProgram(spec).out, "2 is one\n24 100\n");
  spec.stdout_on_terminal = true;
  EXPECT_EQ(RunProgram(spec).out, "1 is one\n2 is one\n24 100\n");
}

TEST(ChildProcessTest, SaysWhatCameInsteadOfWhatWasAwaited) {
  ChildProcess program(Shell("echo something"));
  try {
    program.AwaitOutput("ready");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "sh never wrote \"ready\", but:\nsomething\n");
  }
}

TEST(ChildProcessTest, ThrowsWhenThereIsNoSuchProgram) {
  EXPECT_THROW(RunProgram({.arguments = {"no-such-program"}}), std::runtime_error);
}

}  // namespace
}  // namespace cellar
