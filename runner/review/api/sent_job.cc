#include "runner/review/api/sent_job.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "jobs/error.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void RefuseSentJob(const std::string& message) {
  throw Error(ErrorKind::kUsage, "submit: " + message);
}

/// The file's name alone: what a client calls its folders is nothing here.
std::string FileNameOf(const std::string& path) {
  const auto slash = path.find_last_of("/\\");
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (!name.empty() && name != "." && name != "..") return name;
  RefuseSentJob(
      fmt::format("job.path: \"{}\" ends in no file's name: \"job.toml\", \"a.ipynb\"", path));
}

std::string NormalPath(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().generic_string();
}

/// What a job names is looked for in `files` alone.
FileReader ReaderOf(const Json* files) {
  std::map<std::string, std::string> texts;
  const Json none = Json::object();
  const Json& sent = files == nullptr ? none : *files;
  if (!sent.is_object()) RefuseSentJob("job.files must be an object of texts");
  for (const auto& [path, text] : sent.items()) {
    if (!text.is_string()) RefuseSentJob(fmt::format("job.files: {} must be a text", path));
    texts[NormalPath(path)] = text.get<std::string>();
  }
  return [texts =
              std::move(texts)](const std::string& path) -> std::variant<std::string, FileFailure> {
    const auto found = texts.find(NormalPath(path));
    if (found == texts.end()) return FileFailure{"is not among the files that were sent"};
    return found->second;
  };
}

}  // namespace

JobLoading LoadSentJob(const BodyMembers& body) {
  const Json* given = body.Find("job");
  if (given == nullptr) RefuseSentJob("job is missing: {\"path\": \"job.toml\", \"text\": \"…\"}");
  const BodyMembers job(*given, "submit: ", "job.", {"path", "text", "files"});
  if (job.Find("path") == nullptr || job.Find("text") == nullptr) {
    RefuseSentJob("job.path and job.text: both are needed");
  }
  const std::string name = FileNameOf(job.Text("path"));
  return LoadJobText(name, job.Text("text"), ReaderOf(job.Find("files")));
}

GivenValues SentValues(const BodyMembers& body) {
  GivenValues values;
  const Json* parameters = body.Find("parameters");
  if (parameters == nullptr) return values;
  if (!parameters->is_object()) RefuseSentJob("parameters must be an object: values by name");
  for (const auto& [name, value] : parameters->items()) values.emplace_back(name, value);
  return values;
}

Sweep SentSweep(const BodyMembers& body) {
  std::vector<SweepAxis> axes;
  const Json* sweep = body.Find("sweep");
  if (sweep == nullptr) return Sweep(std::move(axes));
  if (!sweep->is_object() || sweep->empty()) {
    RefuseSentJob("sweep must be an object: lists of values by name");
  }
  for (const auto& [name, values] : sweep->items()) {
    if (!values.is_array() || values.empty()) {
      RefuseSentJob(fmt::format("sweep.{} must be a list of at least one value", name));
    }
    axes.push_back({name, {values.begin(), values.end()}});
  }
  return Sweep(std::move(axes));
}

}  // namespace cellar
