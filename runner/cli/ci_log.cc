#include "runner/cli/ci_log.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "jobs/error.h"
#include "runner/review/gitlab_sections.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

bool IsTrue(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && std::string_view(value) == "true";
}

/// Nobody who writes output can guess it.
std::string RandomToken() {
  std::random_device device;
  return fmt::format("cellar-{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

}  // namespace

CiLog::CiLog(Output& out) : out_(out) {
  if (IsTrue("GITHUB_ACTIONS")) {
    system_ = System::kGithub;
    token_ = RandomToken();
    out_.Write(GithubStop(token_));
  } else if (IsTrue("GITLAB_CI")) {
    system_ = System::kGitlab;
  }
}

CiLog::~CiLog() {
  if (system_ != System::kGithub) return;
  try {
    out_.Write(GithubResume(token_));
    out_.Flush();
  } catch (const Error&) {  // nobody reads the log any more
  }
}

/// A line of ours for GitHub's runner, which obeys just for it.
void CiLog::Command(const std::string& line) {
  out_.Write(GithubResume(token_) + line + GithubStop(token_));
}

void CiLog::WriteSection(const std::string& name, const std::string& title,
                         const std::function<void(const TextSink&)>& write) {
  const TextSink sink = [this](std::string_view text) { out_.Write(text); };
  if (system_ == System::kGithub) {
    Command(GithubGroup(title));
    write(sink);
    Command(std::string(kGithubEndGroup));
  } else if (system_ == System::kGitlab) {
    out_.Write(GitlabSectionStart(name, title, Now()));
    write(sink);
    out_.Write(GitlabSectionEnd(name, Now()));
  }
}

void CiLog::Annotate(GithubAnnotation annotation) {
  if (system_ != System::kGithub) return;
  const char* workspace = std::getenv("GITHUB_WORKSPACE");
  if (!annotation.file.empty()) {
    annotation.file = PathInWorkspace(annotation.file, std::filesystem::current_path(),
                                      workspace == nullptr ? "" : workspace);
  }
  Command(GithubCommand(annotation));
}

}  // namespace cellar
