#include "runner/cli/run_choice.h"

#include <fmt/format.h>

#include <charconv>

#include "jobs/error.h"

namespace cellar {
namespace {

[[noreturn]] void Refuse(const std::string& message) { throw Error(ErrorKind::kUsage, message); }

RunId ChooseLast(const Store& store, const std::string& job) {
  const auto id = LastRun(store, job);
  if (id) return *id;
  if (job.empty()) Refuse(fmt::format("{}: there is no run yet", store.file().string()));
  Refuse(fmt::format("{}: there is no run of the job \"{}\": see cellar runs",
                     store.file().string(), job));
}

RunId ChooseNumber(const std::string& argument) {
  RunId id;
  const char* end = argument.data() + argument.size();
  const auto read = std::from_chars(argument.data(), end, id.value);
  if (read.ec != std::errc() || read.ptr != end || id.value < 1) {
    Refuse(fmt::format("\"{}\" names no run: give its number, last, or last:JOB", argument));
  }
  return id;
}

}  // namespace

RunRecord ChooseRun(const Store& store, const std::string& argument) {
  constexpr std::string_view kLastOf = "last:";
  const RunId id = argument == "last" ? ChooseLast(store, "")
                   : argument.rfind(kLastOf, 0) == 0
                       ? ChooseLast(store, argument.substr(kLastOf.size()))
                       : ChooseNumber(argument);
  auto run = FindRun(store, id);
  if (run) return std::move(*run);
  const auto newest = LastRun(store, "");
  Refuse(newest ? fmt::format("there is no run {}: the newest is {}", id.value, newest->value)
                : fmt::format("{}: there is no run yet", store.file().string()));
}

}  // namespace cellar
