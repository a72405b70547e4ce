// Parameters: given values laid over a job's defaults, checked, and rendered as one cell of code in
// the kernel's own language.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/job.h"

namespace cellar {

/// `name=value` as on the command line: the value is read as a TOML value, else as a string.
/// nullopt when there is no `=` or no name.
std::optional<std::pair<std::string, Value>> ParseAssignment(std::string_view text);

/// Reads a file of values (`-f`): TOML or JSON by the name's ending, else by content.
/// Problems are appended; the values read so far are returned.
std::vector<std::pair<std::string, Value>> ReadValues(const std::string& path,
                                                      std::string_view text,
                                                      std::vector<std::string>* problems);

/// Lays `given` over the job's defaults, later ones win, and checks every constraint. Returns all
/// problems, each one line that names the parameter; the job is changed only when there are none.
std::vector<std::string> GiveParameters(const std::vector<std::pair<std::string, Value>>& given,
                                        Job* job);

/// In their order.
std::vector<std::string> NamesOf(const std::vector<Parameter>& parameters);

/// Whether a run of `job` has a parameter cell: some parameter has a value.
bool HasParameterValues(const Job& job);

/// The parameter cell's code for `language` (a kernelspec's word: python, R, julia, octave,
/// javascript, bash, or an alias; case is ignored): one assignment a line, none for parameters
/// without a value. nullopt: no renderer for this language. Throws Error (kUsage) for a value that
/// the language cannot hold: NUL in R and bash, an integer beyond 2^53 in R; for more
/// code than kMaxCellBytes.
std::optional<std::string> RenderParameters(std::string_view language,
                                            const std::vector<Parameter>& parameters);

}  // namespace cellar
