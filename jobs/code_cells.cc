#include "jobs/code_cells.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "jobs/languages.h"
#include "jobs/read_job.h"
#include "jobs/source_text.h"

namespace cellar {
namespace {

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

std::string_view TakeName(std::string_view* text) {
  *text = Trimmed(*text);
  const auto end = std::ranges::find_if_not(*text, IsWordCharacter);
  const std::string_view name = text->substr(0, static_cast<std::size_t>(end - text->begin()));
  text->remove_prefix(name.size());
  *text = Trimmed(*text);
  return name;
}

// Whether `rest`, what follows a name, makes it the left side of an assignment: `= 1`, `<- 1`,
// `: int = 1`, `::Int = 1`.
bool IsAssigned(std::string_view rest) {
  if (rest.starts_with(':')) {
    rest.remove_prefix(std::min(rest.find('='), rest.size()));
  }
  return rest.starts_with("<-") || (rest.starts_with('=') && !rest.starts_with("=="));
}

// The names that one statement assigns: `a = 1`, `a, b = 1, 2`, `var a = 1`, `export a=1`.
std::vector<std::string> AssignedBy(std::string_view statement) {
  static constexpr std::array<std::string_view, 6> kWords{"var",   "let",    "const",
                                                          "local", "export", "global"};
  std::vector<std::string> names;
  std::string_view name = TakeName(&statement);
  if (std::ranges::find(kWords, name) != kWords.end()) name = TakeName(&statement);
  while (!name.empty() && !(name.front() >= '0' && name.front() <= '9')) {
    names.emplace_back(name);
    if (!statement.starts_with(',')) break;
    statement.remove_prefix(1);
    name = TakeName(&statement);
  }
  return IsAssigned(statement) ? names : std::vector<std::string>();
}

// The names that the code assigns at its left margin. More than there are does no harm: the kernel
// then gets a variable that nobody reads.
std::vector<std::string> AssignedNames(std::string_view source) {
  std::vector<std::string> names;
  for (std::string_view line : SplitLines(source)) {
    if (line.starts_with(' ') || line.starts_with('\t')) continue;
    while (!line.empty()) {
      const std::size_t end = std::min(line.find(';'), line.size());
      if (names.size() >= kMaxParameters) return names;
      for (std::string& name : AssignedBy(line.substr(0, end))) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
      }
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }
  return names;
}

std::string_view Unquoted(std::string_view value) {
  value = Trimmed(value);
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                      value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

void PutCells(std::vector<TaggedCell> tagged, CodeCells* code) {
  bool has_parameters = false;
  for (TaggedCell& candidate : tagged) {
    if (Trimmed(candidate.cell.source).empty()) continue;
    const auto has_tag = [&](std::string_view tag) {
      return std::ranges::find(candidate.tags, tag) != candidate.tags.end();
    };
    candidate.cell.may_raise = has_tag("raises-exception");
    candidate.cell.skip = has_tag("skip-execution");
    code->cells.push_back(std::move(candidate.cell));
    if (has_tag("parameters") && !has_parameters) {
      has_parameters = true;
      code->parameters_before = code->cells.size();
      code->parameter_names = AssignedNames(code->cells.back().source);
    } else if (has_tag("injected-parameters")) {  // papermill's, of an earlier run
      code->parameters_before = code->cells.size();
    }
  }
}

FrontMatter ReadFrontMatter(const std::vector<std::string_view>& lines) {
  FrontMatter found;
  std::vector<std::pair<std::size_t, std::string_view>> parents;  // indentation and key
  for (const std::string_view line : lines) {
    const std::size_t indentation = line.find_first_not_of(' ');
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || indentation >= colon) continue;
    while (!parents.empty() && parents.back().first >= indentation) parents.pop_back();
    const std::string_view parent = parents.empty() ? "" : parents.back().second;
    const std::string_view key = Trimmed(line.substr(0, colon));
    const std::string_view value = Unquoted(line.substr(colon + 1));
    if (parent == "kernelspec" && key == "name") found.kernel = value;
    if (parent == "kernelspec" && key == "language") found.language = LanguageNamed(value);
    if (parent == "jupytext" && key == "main_language") found.language = LanguageNamed(value);
    if (parents.empty() && key == "jupyter" && !value.empty()) found.kernel = value;  // Quarto
    parents.emplace_back(indentation, key);
  }
  if (found.language.empty()) found.language = LanguageOfKernel(found.kernel);
  return found;
}

}  // namespace cellar
