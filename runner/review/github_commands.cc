#include "runner/review/github_commands.h"

#include <fmt/format.h>

#include "runner/review/clean_text.h"

namespace cellar {
namespace {

/// The part behind the last "::".
std::string EscapeData(std::string_view text) {
  std::string escaped;
  for (const char c : CleanText(text)) {
    if (c == '%') {
      escaped += "%25";
    } else if (c == '\r') {
      escaped += "%0D";
    } else if (c == '\n') {
      escaped += "%0A";
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

/// A value among the properties, where ':' and ',' have a meaning too.
std::string EscapeProperty(std::string_view text) {
  std::string escaped;
  for (const char c : EscapeData(text)) {
    if (c == ':') {
      escaped += "%3A";
    } else if (c == ',') {
      escaped += "%2C";
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

void AddProperty(const char* name, const std::string& value, std::string* properties) {
  *properties += fmt::format("{}{}={}", properties->empty() ? " " : ",", name, value);
}

}  // namespace

std::string GithubCommand(const GithubAnnotation& annotation) {
  std::string properties;
  if (!annotation.file.empty()) AddProperty("file", EscapeProperty(annotation.file), &properties);
  if (annotation.line > 0) AddProperty("line", std::to_string(annotation.line), &properties);
  if (annotation.column > 0) AddProperty("col", std::to_string(annotation.column), &properties);
  if (!annotation.title.empty()) {
    AddProperty("title", EscapeProperty(annotation.title), &properties);
  }
  return fmt::format("::{}{}::{}\n", annotation.level == GithubLevel::kError ? "error" : "warning",
                     properties, EscapeData(annotation.message));
}

std::string GithubGroup(std::string_view title) {
  return fmt::format("::group::{}\n", EscapeData(CleanLine(title)));
}

std::string GithubStop(std::string_view token) {
  return fmt::format("::stop-commands::{}\n", token);
}

std::string GithubResume(std::string_view token) { return fmt::format("::{}::\n", token); }

std::string PathInWorkspace(const std::filesystem::path& file, const std::filesystem::path& folder,
                            const std::filesystem::path& workspace) {
  if (workspace.empty()) return file.string();
  const auto whole = (folder / file).lexically_normal();
  const auto relative = whole.lexically_relative(workspace.lexically_normal());
  const bool is_inside = !relative.empty() && *relative.begin() != "..";
  return is_inside ? relative.generic_string() : file.string();
}

}  // namespace cellar
