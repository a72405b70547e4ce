#include "runner/cli/cell_choice.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "jobs/error.h"

namespace cellar {
namespace {

std::optional<int> ReadIndex(const std::string& argument) {
  int index = -1;
  const char* end = argument.data() + argument.size();
  const auto read = std::from_chars(argument.data(), end, index);
  return read.ec == std::errc() && read.ptr == end ? std::optional(index) : std::nullopt;
}

}  // namespace

bool IsCell(const CellRecord& cell, const std::string& argument) {
  if (argument.empty()) return true;
  const auto index = ReadIndex(argument);
  return index ? cell.index == *index : cell.name == argument;
}

void RefuseCell(const std::string& command, RunId run, const std::vector<CellRecord>& cells,
                const std::string& argument) {
  throw Error(ErrorKind::kUsage,
              fmt::format("{}: run {} has no cell {}{}", command, run.value,
                          ReadIndex(argument) ? argument : "\"" + argument + "\"",
                          cells.empty() ? "" : fmt::format(": its last is {}", cells.size() - 1)));
}

}  // namespace cellar
