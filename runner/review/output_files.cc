#include "runner/review/output_files.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "runner/review/base64.h"
#include "runner/review/json_dump.h"
#include "runner/review/mime_bundle.h"
#include "runner/review/output_text.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

/// A closed set: a mime type is the job's word, and never becomes a part of a name.
std::string EndingOf(std::string_view type) {
  using Pair = std::pair<std::string_view, const char*>;
  constexpr std::array<Pair, 14> kEndings{{{"image/png", "png"},
                                           {"image/jpeg", "jpg"},
                                           {"image/gif", "gif"},
                                           {"image/webp", "webp"},
                                           {"image/svg+xml", "svg"},
                                           {"image/bmp", "bmp"},
                                           {"image/tiff", "tiff"},
                                           {"text/html", "html"},
                                           {"text/markdown", "md"},
                                           {"text/latex", "tex"},
                                           {"text/csv", "csv"},
                                           {"application/pdf", "pdf"},
                                           {"application/javascript", "js"},
                                           {"application/zip", "zip"}}};
  const std::string_view bare = WithoutParameters(type);
  for (const auto& [known, ending] : kEndings) {
    if (bare == known) return ending;
  }
  if (IsJsonType(type)) return "json";
  return bare.substr(0, 5) == "text/" ? "txt" : "bin";
}

bool HasPicture(const Json& data) {
  for (const auto& [type, value] : data.items()) {
    if (type.rfind("image/", 0) == 0) return true;
  }
  return false;
}

/// As the terminal shows it, without colours.
std::string ShownText(const OutputRecord& output) {
  std::string shown;
  OutputText text(Colours::kStrip, [&](std::string_view piece) { shown.append(piece); });
  text.TakeRecord(output);
  text.Finish();
  return shown;
}

void Fill(const Json& value, OutputFile* file) {
  if (IsJsonType(file->type)) {
    file->bytes = DumpJson(value, 2) + "\n";
    return;
  }
  file->bytes = TextOfValue(value);
  if (file->type == "text/plain") file->bytes = TerminalView(file->bytes, Colours::kStrip);
  if (!IsBinaryType(file->type)) return;
  auto bytes = DecodeBase64(file->bytes);
  file->is_damaged = !bytes;
  if (bytes) file->bytes = std::move(*bytes);
}

/// Names the files of one cell.
class Namer {
 public:
  explicit Namer(int cell) : cell_(cell) {}

  void Begin(const char* kind) { stem_ = fmt::format("{}-{}", kind, ++counts_[kind]); }

  std::string Name(std::string_view type) {
    const std::string ending = EndingOf(type);
    std::string name = fmt::format("cell-{:02}-{}.{}", cell_, stem_, ending);
    for (int other = 2; !taken_.insert(name).second; ++other) {
      name = fmt::format("cell-{:02}-{}-{}.{}", cell_, stem_, other, ending);
    }
    return name;
  }

 private:
  int cell_;
  std::string stem_;
  std::map<std::string, int> counts_;
  std::set<std::string> taken_;
};

}  // namespace

std::vector<OutputFile> FilesOf(int cell, const std::vector<OutputRecord>& outputs) {
  std::vector<OutputFile> files;
  Namer namer(cell);
  for (const OutputRecord& output : outputs) {
    const std::string type = output.body.value("output_type", "");
    const auto data = output.body.find("data");
    if (type == "stream" || type == "error") {
      const bool is_stderr = output.body.value("name", "") == "stderr";
      namer.Begin(type == "error" ? "error" : is_stderr ? "stderr" : "stdout");
      files.push_back({cell, namer.Name("text/plain"), "text/plain", ShownText(output)});
    } else if (data != output.body.end() && data->is_object()) {
      namer.Begin(HasPicture(*data) ? "figure" : "output");
      for (const auto& [mime, value] : data->items()) {
        OutputFile file{cell, namer.Name(mime), mime, ""};
        Fill(value, &file);
        files.push_back(std::move(file));
      }
    }
  }
  return files;
}

bool MatchesType(std::string_view type, std::string_view pattern) {
  const std::string_view bare = WithoutParameters(type);
  if (pattern.size() > 2 && pattern.substr(pattern.size() - 2) == "/*") {
    return bare.substr(0, pattern.size() - 1) == pattern.substr(0, pattern.size() - 1);
  }
  return pattern.empty() || pattern == "*/*" || bare == pattern;
}

}  // namespace cellar
