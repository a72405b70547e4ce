#include "tests/cli/cli_fixture.h"
#include "tests/support/paths.h"

namespace cellar {

CliTest::CliTest() {
  environment_ = {{"HOME", folder_.path().string()},
                  {"CELLAR_STORE", (folder_ / "cellar.db").string()},
                  {"TZ", "UTC"},
                  {"TERM", "xterm"}};
}

ProgramSpec CliTest::Spec(const std::vector<std::string>& arguments) const {
  ProgramSpec spec;
  spec.arguments = {kProgram};
  spec.arguments.insert(spec.arguments.end(), arguments.begin(), arguments.end());
  spec.environment = environment_;
  spec.working_dir = folder_.path();
  return spec;
}

ProgramResult CliTest::Cellar(const std::vector<std::string>& arguments) const {
  return RunProgram(Spec(arguments));
}

std::string CliTest::Transcript(const std::vector<std::string>& arguments) const {
  return TranscriptOf(Cellar(arguments));
}

std::string CliTest::TranscriptOf(const ProgramResult& result) const {
  std::string text = "exit " + std::to_string(result.exit_code) + "\n" + result.out;
  if (!result.err.empty()) text += "--\n" + result.err;
  const std::string folder = folder_.path().string();
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
    text.replace(at, folder.size(), "DIR");
  }
  return text;
}

}  // namespace cellar
