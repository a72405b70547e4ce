// The log of a CI system that we know, GitHub Actions or GitLab, told by its environment: folded
// sections, and annotations at a place in a file. Elsewhere it writes nothing.
#pragma once

#include <functional>
#include <string>

#include "runner/cli/output.h"
#include "runner/review/github_commands.h"
#include "runner/review/text_sink.h"

namespace cellar {

class CiLog {
 public:
  /// On GitHub nothing that is printed from now on is obeyed, but what this class writes itself.
  explicit CiLog(Output& out);
  /// From now on the runner obeys again.
  ~CiLog();
  CiLog(const CiLog&) = delete;
  CiLog& operator=(const CiLog&) = delete;

  bool folds() const { return system_ != System::kNone; }
  bool annotates() const { return system_ == System::kGithub; }

  /// What `write` writes, folded under `title`; only where `folds`. `name` is the section's own.
  void WriteSection(const std::string& name, const std::string& title,
                    const std::function<void(const TextSink&)>& write);

  /// Shown at `file`, which is relative to our folder, in what is being built; GitHub only.
  void Annotate(GithubAnnotation annotation);

 private:
  enum class System { kNone, kGithub, kGitlab };

  void Command(const std::string& line);

  Output& out_;
  System system_ = System::kNone;
  std::string token_;  // on GitHub: with it the runner obeys again
};

}  // namespace cellar
