#include "runner/gateway/python_interpreters.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace cellar {
namespace {

namespace fs = std::filesystem;

constexpr std::streamsize kLongestShebang = 256;  // as the kernel's BINPRM_BUF_SIZE

bool IsProgram(const fs::path& path) {
  std::error_code ignored;
  return path.is_absolute() && fs::is_regular_file(path, ignored) &&
         ::access(path.c_str(), X_OK) == 0;
}

std::vector<fs::path> ProgramsOnPath(const std::string& path, const std::string& name) {
  std::vector<fs::path> programs;
  std::istringstream folders(path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (IsProgram(fs::path(folder) / name)) programs.push_back(fs::path(folder) / name);
  }
  return programs;
}

/// Empty when the script's first line names no Python: pyenv's shims are shell scripts.
fs::path InterpreterOf(const fs::path& script, const std::string& path) {
  std::string start(kLongestShebang, '\0');
  std::ifstream file(script, std::ios::binary);
  file.read(start.data(), kLongestShebang);
  start.resize(static_cast<std::size_t>(file.gcount()));
  if (!start.starts_with("#!")) return {};
  std::istringstream words(start.substr(2, start.find('\n') - 2));
  std::string interpreter;
  words >> interpreter;
  if (fs::path(interpreter).filename() == "env") {
    words >> interpreter;
    const auto found = ProgramsOnPath(path, interpreter);
    interpreter = found.empty() ? "" : found.front().string();
  }
  const bool is_python = fs::path(interpreter).filename().string().starts_with("python");
  return is_python && IsProgram(interpreter) ? interpreter : "";
}

}  // namespace

std::vector<std::string> JupyterInterpreters(const std::string& path) {
  std::vector<fs::path> candidates;
  for (const fs::path& script : ProgramsOnPath(path, "jupyter-server")) {
    candidates.push_back(InterpreterOf(script, path));
  }
  candidates.emplace_back("/usr/bin/python3");
  const auto first = ProgramsOnPath(path, "python3");
  if (!first.empty()) candidates.push_back(first.front());

  std::vector<std::string> interpreters;
  for (const fs::path& candidate : candidates) {
    const bool known = std::find(interpreters.begin(), interpreters.end(), candidate.string()) !=
                       interpreters.end();
    if (!known && IsProgram(candidate)) interpreters.push_back(candidate.string());
  }
  return interpreters;
}

}  // namespace cellar
