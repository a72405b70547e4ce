#include "tests/jobs/interpreter.h"

#include <stdio.h>

#include <stdexcept>

#include "tests/support/temp_dir.h"

namespace cellar {

std::string OutputOf(const std::string& interpreter, const std::string& code) {
  const TempDir folder;
  const std::string file = folder.Write("code", code).string();
  const std::string command = "LC_ALL=C " + interpreter + " '" + file + "' 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen: " + command);
  std::string output;
  char buffer[4096];
  while (const std::size_t size = ::fread(buffer, 1, sizeof buffer, pipe)) {
    output.append(buffer, size);
  }
  ::pclose(pipe);
  return output;
}

}  // namespace cellar
