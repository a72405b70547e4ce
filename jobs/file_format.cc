#include "jobs/file_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "jobs/languages.h"
#include "jobs/read_job.h"
#include "jobs/read_markdown.h"
#include "jobs/read_notebook.h"
#include "jobs/read_script.h"
#include "jobs/source_text.h"

namespace cellar {
namespace {

constexpr std::size_t kMaxNameLength = 100;

const ScriptLanguage& Python() {
  static const ScriptLanguage* const kPython = ScriptLanguageOf("script.py");
  return *kPython;
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// Whether a line begins as only those of job files do: `[[cell]]`, `notebook =`.
bool HasJobFileLine(std::string_view text) {
  return std::ranges::any_of(SplitLines(text), [](std::string_view line) {
    std::string squeezed(line.substr(0, 100));
    std::erase_if(squeezed, [](char c) { return c == ' ' || c == '\t'; });
    return squeezed.starts_with("[[cell]]") || squeezed.starts_with("notebook=\"");
  });
}

FileFormat FormatOfContent(std::string_view text) {
  text = WithoutBom(text);
  if (Trimmed(text).starts_with('{')) return FileFormat::kNotebook;
  if (HasJobFileLine(text)) return FileFormat::kToml;
  if (HasCellMarker(text, Python().comment)) return FileFormat::kScript;
  return HasCodeBlock(text) ? FileFormat::kMarkdown : FileFormat::kToml;
}

}  // namespace

FileFormat FormatOf(std::string_view path, std::string_view text) {
  const std::string ending = LowerCase(std::filesystem::path(path).extension().string());
  if (ending == ".toml") return FileFormat::kToml;
  if (ending == ".ipynb") return FileFormat::kNotebook;
  if (ending == ".md" || ending == ".markdown" || ending == ".rmd" || ending == ".qmd") {
    return FileFormat::kMarkdown;
  }
  return ScriptLanguageOf(path) ? FileFormat::kScript : FormatOfContent(text);
}

std::optional<Problem> FaultOfText(FileFormat format, const std::string& path,
                                   std::string_view text) {
  const bool is_notebook = format == FileFormat::kNotebook;
  const std::uint64_t most = is_notebook ? kMaxNotebookBytes : kMaxJobFileBytes;
  if (text.size() > most) {
    return Problem{path, 0, 0, fmt::format("is larger than {} MiB", most >> 20),
                   is_notebook ? "clear its outputs" : "keep code in files, data elsewhere"};
  }
  if (const auto invalid = FindInvalidUtf8(text)) {
    const TextPlace place = PlaceOf(text, *invalid);
    return Problem{path, place.line, place.column, "is not UTF-8", "save it as UTF-8"};
  }
  return std::nullopt;
}

CodeCells ReadCodeCells(FileFormat format, const std::string& path, std::string_view text,
                        std::string_view kernel, std::vector<Problem>* problems) {
  const std::size_t problems_before = problems->size();
  CodeCells code;
  if (format == FileFormat::kNotebook) {
    code = ReadNotebook(path, text, problems);
  } else if (format == FileFormat::kMarkdown) {
    code = ReadMarkdown(path, text, kernel, problems);
  } else {
    const ScriptLanguage* language = ScriptLanguageOf(path);
    code = ReadScript(path, text, language ? *language : Python(), problems);
  }
  if (code.cells.empty() && problems->size() == problems_before) {
    const bool is_page = format == FileFormat::kMarkdown;
    problems->push_back({path, 0, 0, "has no code cells",
                         is_page ? "cells are fenced blocks: ```python" : "write some code"});
  }
  return code;
}

void TakeCode(CodeCells code, Job* job) {
  job->cells = std::move(code.cells);
  job->parameters_before = code.parameters_before;
  if (job->kernel.empty()) job->kernel = std::move(code.kernel);
  if (job->language.empty()) job->language = std::move(code.language);
  for (std::string& name : code.parameter_names) {
    const auto known = std::ranges::find(job->parameters, name, &Parameter::name);
    if (known == job->parameters.end()) job->parameters.push_back({std::move(name), {}, {}});
  }
}

bool IsJobName(std::string_view name) {
  return name.size() <= kMaxNameLength && std::ranges::all_of(name, IsNameCharacter) &&
         name.find_first_not_of('.') != std::string_view::npos;
}

std::string DefaultJobName(const std::string& path) {
  if (path == "-") return "stdin";
  std::string name = std::filesystem::path(path).stem().string().substr(0, kMaxNameLength);
  std::ranges::replace_if(
      name, [](char c) { return !IsNameCharacter(c); }, '-');
  return IsJobName(name) ? name : "job";
}

}  // namespace cellar
