#include "tests/samples/sample_run.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "tests/support/child_process.h"
#include "tests/support/paths.h"

namespace cellar {

using nlohmann::json;

namespace {

std::string Indented(const std::string& label, const std::string& text) {
  std::string lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    line.erase(line.find_last_not_of(' ') + 1);  // pandas pads its tables
    lines += "  " + label + line + "\n";
  }
  return lines;
}

std::string Line(const json& output) {
  const std::string type = output.at("output_type");
  if (type == "stream") {
    return Indented(output.at("name").get<std::string>() + ": ", output.at("text"));
  }
  if (type == "error") {
    return Indented("error: ", output.at("ename").get<std::string>() + ": " +
                                   output.at("evalue").get<std::string>());
  }
  const json& data = output.at("data");
  if (data.contains("image/png")) return "  image/png\n";
  return Indented("", data.at("text/plain"));
}

ProgramSpec Cellar(const TempDir& home, std::vector<std::string> arguments) {
  ProgramSpec spec;
  arguments.insert(arguments.begin(), kProgram);
  spec.arguments = std::move(arguments);
  spec.environment = {{"HOME", home.path()}, {"CELLAR_STORE", home / "cellar.db"}};
  spec.working_dir = home.path();
  return spec;
}

}  // namespace

SampleRun::SampleRun(const std::string& sample, const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"run", kSourceDir + "/samples/" + sample};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const ProgramResult result = RunProgram(Cellar(home_, all));
  exit_code_ = result.exit_code;
  errors_ = result.err;
}

json SampleRun::Stored() const {
  const ProgramResult result = RunProgram(Cellar(home_, {"show", "last", "--json"}));
  if (result.exit_code != 0) throw std::runtime_error("cellar show: " + result.err);
  return json::parse(result.out);
}

std::string TranscriptOf(const json& stored) {
  const json& run = stored.at("run");
  std::string text = run.at("state").get<std::string>();
  if (run.at("reason").is_string()) text += " " + run.at("reason").get<std::string>();
  text += "\n";
  for (const json& cell : stored.at("cells")) {
    const std::string name = cell.at("kind") == "parameters" ? "parameters" : cell.at("name");
    text += "[" + std::to_string(cell.at("index").get<int>()) + "] " + name +
            (name.empty() ? "" : " ") + cell.at("state").get<std::string>() + "\n";
    for (const json& output : cell.at("outputs")) text += Line(output);
  }
  return text;
}

}  // namespace cellar
