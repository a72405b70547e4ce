#include "runner/cli/commands.h"

namespace cellar {

Action DefineServe(CLI::App& app);
Action DefineSchedule(CLI::App& app);
Action DefineView(CLI::App& app);
Action DefineDiff(CLI::App& app);
Action DefineStats(CLI::App& app);
Action DefineSearch(CLI::App& app);
Action DefineGc(CLI::App& app);
Action DefinePin(CLI::App& app);
Action DefineUnpin(CLI::App& app);
Action DefineCompletion(CLI::App& app);
Action DefineMan(CLI::App& app);

std::span<const Command> Commands() {
  static constexpr Command kCommands[] = {
      {"run", "Run jobs now and wait for them",
       "cellar run samples/clean-bird-strikes/job.toml -p top=3", DefineRun, true},
      {"submit", "Put jobs into the queue, for workers to run",
       "cellar submit job.toml --sweep limit=1,5,10 --wait", DefineSubmit, true},
      {"wait", "Wait until runs have ended", "cellar wait 12 13 --timeout 1h", DefineWait, true},
      {"cancel", "End runs that are queued or running", "cellar cancel last", DefineCancel},
      {"retry", "Queue runs again that failed or were cancelled", "cellar retry 12", DefineRetry},
      {"work", "Take runs from the queue until told to stop", "cellar work --drain", DefineWork},
      {"serve", "Work for ever, and submit what schedules say", "cellar serve --jobs 4",
       DefineServe},
      {"schedule", "Submit jobs by the clock: add, list, pause, resume, remove",
       "cellar schedule add nightly.toml", DefineSchedule},
      {"check", "Say what is wrong with job files, without running them", "cellar check *.toml",
       DefineCheck, true},
      {"runs", "List runs, newest first", "cellar runs --state failed --since 2d", DefineRuns},
      {"show", "Show a run: its cells, their states, times and outputs", "cellar show last",
       DefineShow},
      {"logs", "Print the outputs of a run, or follow them", "cellar logs -f last", DefineLogs},
      {"export", "Write a run as a notebook, a page, Markdown, JSON, text or a JUnit report",
       "cellar export last --to html -o result.html", DefineExport},
      {"outputs", "List the outputs of a run, or write them as files",
       "cellar outputs last --mime image/png -o figures", DefineOutputs},
      {"view", "Look at the history in a browser, without working", "cellar view", DefineView},
      {"diff", "Say what differs between two runs", "cellar diff 12 last --cell clean", DefineDiff,
       true},
      {"stats", "How the runs of a job went, cell by cell, and since when one is slower",
       "cellar stats clean-weather --since 30d", DefineStats},
      {"search", "Find runs by what their outputs or sources contain",
       "cellar search \"KeyError: 'temp'\" --job clean-weather", DefineSearch},
      {"gateways", "Ask the gateways whether and how they work", "cellar gateways --probe",
       DefineGateways},
      {"kernels", "List the kernels that are ours, and end those left behind",
       "cellar kernels --reap --dry-run", DefineKernels},
      {"gc", "Remove old runs, and give their space back", "cellar gc --keep 90d --keep-last 20",
       DefineGc},
      {"pin", "Keep runs from gc, or list those that are kept", "cellar pin 12 last:clean-weather",
       DefinePin},
      {"unpin", "Let gc have them again", "cellar unpin 12", DefineUnpin},
      {"completion", "Print the completion script of a shell", "cellar completion bash",
       DefineCompletion},
      {"man", "Print the manual page", "cellar man | man -l -", DefineMan},
  };
  return kCommands;
}

}  // namespace cellar
