#include "runner/cli/commands.h"

namespace cellar {

std::span<const Command> Commands() {
  static constexpr Command kCommands[] = {
      {"run", "Run jobs now and wait for them",
       "cellar run samples/clean-bird-strikes/job.toml -p top=3", DefineRun},
      {"work", "Take runs from the queue until told to stop", "cellar work --drain", DefineWork},
      {"check", "Say what is wrong with job files, without running them", "cellar check *.toml",
       DefineCheck},
      {"runs", "List runs, newest first", "cellar runs --state failed --since 2d", DefineRuns},
      {"show", "Show a run: its cells, their states, times and outputs", "cellar show last",
       DefineShow},
      {"logs", "Print the outputs of a run, or follow them", "cellar logs -f last", DefineLogs},
      {"export", "Write a run as a notebook, a page, Markdown, JSON, text or a JUnit report",
       "cellar export last --to html -o result.html", DefineExport},
      {"outputs", "List the outputs of a run, or write them as files",
       "cellar outputs last --mime image/png -o figures", DefineOutputs},
      {"gateways", "Ask the gateways whether and how they work", "cellar gateways --probe",
       DefineGateways},
  };
  return kCommands;
}

}  // namespace cellar
