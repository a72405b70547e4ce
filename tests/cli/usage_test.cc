// What every command has in common: help, mistakes on the command line, output that fails.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <sstream>

#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

/// Through /bin/sh, for pipes and redirections.
ProgramSpec InShell(ProgramSpec spec, const std::string& tail) {
  std::string line;
  for (const std::string& argument : spec.arguments) line += "'" + argument + "' ";
  spec.arguments = {"/bin/sh", "-c", line + tail};
  return spec;
}

/// The first words of the lines between "Commands:" and the next blank line.
std::vector<std::string> CommandsIn(const std::string& help) {
  std::istringstream lines(help.substr(help.find("Commands:\n") + 10));
  std::vector<std::string> commands;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    std::istringstream words(line);
    words >> commands.emplace_back();
  }
  return commands;
}

TEST_F(CliTest, BeginsItsHelpWithAnExample) {
  const ProgramResult help = Cellar({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.out.substr(0, help.out.find('\n')),
            "cellar run job.toml -p limit=10     run a job and wait; its outputs are kept");
  const std::vector<std::string> commands = CommandsIn(help.out);
  EXPECT_THAT(commands, testing::IsSupersetOf({"run", "work", "check", "runs", "show", "logs",
                                               "export", "gateways"}));
  for (const std::string& command : commands) {
    const ProgramResult own = Cellar({command, "--help"});
    EXPECT_EQ(own.exit_code, 0) << command;
    EXPECT_EQ(own.out.rfind("cellar " + command, 0), 0U) << own.out;
    EXPECT_EQ(own.err, "");
  }
}

TEST_F(CliTest, SaysItsVersion) { EXPECT_EQ(Transcript({"--version"}), "exit 0\ncellar 0.1.0\n"); }

TEST_F(CliTest, ShowsTheCommandsWhenNoneIsGiven) {
  const ProgramResult result = Cellar({});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("Commands:"), std::string::npos);
}

TEST_F(CliTest, SuggestsTheCommandThatWasMeant) {
  EXPECT_EQ(Transcript({"shwo"}),
            "exit 2\n--\ncellar: unknown command \"shwo\": did you mean \"show\"?\n");
  EXPECT_EQ(Transcript({"frobnicate", "--json"}),
            "exit 2\n--\ncellar: unknown command \"frobnicate\": known commands: " +
                fmt::format("{}", fmt::join(CommandsIn(Cellar({"--help"}).out), ", ")) + "\n");
}

TEST_F(CliTest, SuggestsTheOptionThatWasMeant) {
  EXPECT_EQ(Transcript({"runs", "--stat=failed"}),
            "exit 2\n--\ncellar: runs: unknown option --stat: did you mean --state?\n");
  EXPECT_EQ(Transcript({"--jsno", "runs"}),
            "exit 2\n--\ncellar: unknown option --jsno: did you mean --json?\n");
  EXPECT_EQ(Transcript({"show", "1", "2"}),
            "exit 2\n--\ncellar: show: unexpected argument \"2\": see cellar show --help\n");
  EXPECT_EQ(Transcript({"show"}), "exit 2\n--\ncellar: show: RUN is required\n");
}

TEST_F(CliTest, TakesCommonFlagsOnBothSidesOfTheCommand) {
  Store store = OpenStore();
  MakeQueuedRun(store, "later");
  const std::string before = Transcript({"--json", "runs"});
  EXPECT_EQ(before, Transcript({"runs", "--json"}));
  EXPECT_EQ(before.rfind("exit 0\n{\"schema_version\": 1", 0), 0U) << before;
}

TEST_F(CliTest, PrintsEveryProblemOfTheConfiguration) {
  folder_.Write("cellar.toml", "stoer = \"x\"\n[limits]\noutput_per_cell = true\n");
  EXPECT_EQ(Transcript({"runs"}),
            "exit 2\n--\n"
            "cellar.toml:1:1: unknown key \"stoer\"; did you mean \"store\"?\n"
            "cellar.toml:3:19: [limits]: output_per_cell must be a size, not true; "
            "sizes are written \"512kB\", \"16MiB\", \"1GiB\"\n");
}

TEST_F(CliTest, SaysWhatItReadWhenAskedToSayMore) {
  folder_.Write("cellar.toml", "");
  Store store = OpenStore();
  EXPECT_EQ(Transcript({"runs", "-v"}),
            "exit 0\n--\ncellar: configuration: cellar.toml\ncellar: store: DIR/cellar.db\n"
            "no runs match\n");
}

TEST_F(CliTest, FailsWhenItsAnswerCannotBeWritten) {
  const ProgramResult result = RunProgram(InShell(Spec({"--help"}), "> /dev/full"));
  EXPECT_EQ(TranscriptOf(result),
            "exit 4\n--\ncellar: cannot write to standard output: No space left on device\n");
}

TEST_F(CliTest, SaysNothingWhenItsReaderHasLeft) {
  Store store = OpenStore();
  MakeSucceededRun(store, "long", std::string(1'000'000, 'x') + "\n");
  // The reader ends at once; the exit code and the errors of cellar go where the shell's do.
  ProgramSpec spec = InShell(Spec({"logs", "last"}), "; echo \"exit $?\" >&2");
  spec.arguments[2] = "{ " + spec.arguments[2] + "; } | true";
  EXPECT_EQ(RunProgram(spec).err, "exit 0\n");
}

TEST_F(CliTest, NamesAStoreThatIsNotThere) {
  EXPECT_EQ(
      Transcript({"runs", "--store", "none.db"}),
      "exit 4\n--\ncellar: store none.db: there is no such file; `cellar run` makes it, --store "
      "names another\n");
}

TEST_F(CliTest, NamesARunThatIsNotThere) {
  Store store = OpenStore();
  EXPECT_EQ(Transcript({"show", "last"}),
            "exit 2\n--\ncellar: DIR/cellar.db: there is no run yet\n");
  MakeQueuedRun(store, "later");
  EXPECT_EQ(Transcript({"show", "7"}), "exit 2\n--\ncellar: there is no run 7: the newest is 1\n");
  EXPECT_EQ(Transcript({"show", "last:lated"}),
            "exit 2\n--\ncellar: DIR/cellar.db: there is no run of the job \"lated\": see cellar "
            "runs\n");
  for (const char* text : {"0", "-", "1x", "first", "99999999999999999999"}) {
    EXPECT_EQ(Transcript({"show", text}),
              "exit 2\n--\ncellar: \"" + std::string(text) +
                  "\" names no run: give its number, last, or last:JOB\n");
  }
}

}  // namespace
}  // namespace cellar
