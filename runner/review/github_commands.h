// Lines of a log that GitHub's runner obeys (workflow commands), with nothing in them that a job
// could have made into another one. Pure.
// Source: GitHub Docs, "Workflow commands for GitHub Actions"; actions/runner, ActionCommand.cs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cellar {

enum class GithubLevel { kError, kWarning };

struct GithubAnnotation {
  GithubLevel level = GithubLevel::kError;
  std::string file;  // relative to the checkout; empty: none
  int line = 0;      // from 1; 0: none
  int column = 0;    // likewise
  std::string title;
  std::string message;
};

/// "::error file=steps/clean.py,line=3,title=…::message" and a line end.
std::string GithubCommand(const GithubAnnotation& annotation);

/// Begins a group of lines that is folded; kGithubEndGroup ends it.
std::string GithubGroup(std::string_view title);
constexpr std::string_view kGithubEndGroup = "::endgroup::\n";

/// Between the two the runner obeys nothing, whatever is printed. `token` is random.
std::string GithubStop(std::string_view token);
std::string GithubResume(std::string_view token);

/// `file`, relative to `folder` or absolute, as it is found from the checkout `workspace`; outside
/// of it, and without one, as it is.
std::string PathInWorkspace(const std::filesystem::path& file, const std::filesystem::path& folder,
                            const std::filesystem::path& workspace);

}  // namespace cellar
