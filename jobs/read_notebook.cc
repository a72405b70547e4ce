#include "jobs/read_notebook.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "jobs/json_text.h"
#include "jobs/languages.h"
#include "jobs/notebook_places.h"
#include "jobs/read_job.h"
#include "jobs/source_text.h"

namespace cellar {
namespace {

using Json = nlohmann::json;

constexpr int kDeepestNotebook = 500;
constexpr std::size_t kMaxValues = 1'000'000;  // beside the outputs; each takes 16 bytes or more

// nullptr when there is no such key, or `json` is no object.
const Json* Get(const Json& json, const char* key) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(key);
  return found == json.end() ? nullptr : &*found;
}

// The text of a string; empty for anything else.
std::string TextAt(const Json* json) {
  return json && json->is_string() ? json->get<std::string>() : "";
}

// nbformat's multiline_string: a string or a list of strings. nullopt: neither.
std::optional<std::string> MultilineString(const Json* json) {
  if (json == nullptr) return std::nullopt;
  if (json->is_string()) return json->get<std::string>();
  if (!json->is_array()) return std::nullopt;
  std::string text;
  for (const Json& line : *json) {
    if (!line.is_string()) return std::nullopt;
    text += line.get_ref<const std::string&>();
  }
  return text;
}

class NotebookReader {
 public:
  NotebookReader(const std::string& path, std::string_view text, std::vector<Problem>* problems)
      : path_(path), text_(text), problems_(problems) {}

  CodeCells Read() {
    Json notebook;
    if (!Parse(&notebook) || !CheckVersion(notebook)) return {};
    CodeCells code;
    ReadKernel(notebook, &code);
    const Json* cells = Get(notebook, "cells");
    if (cells == nullptr || !cells->is_array()) {
      Report({1, 1}, "has no list \"cells\"", "is it a notebook?");
      return {};
    }
    if (cells->size() > kMaxCells) {
      Report({1, 1}, fmt::format("has more than {} cells", kMaxCells), "make several of it");
      return {};
    }
    const std::vector<NotebookCellPlace> places = FindNotebookCells(text_);
    std::vector<TaggedCell> tagged;
    for (std::size_t i = 0; i < cells->size(); ++i) {
      const NotebookCellPlace place =
          places.size() == cells->size() ? places[i] : NotebookCellPlace();
      ReadCell((*cells)[i], i, place, &tagged);
    }
    PutCells(std::move(tagged), &code);
    return code;
  }

 private:
  void Report(TextPlace place, std::string what, std::string suggestion) {
    problems_->push_back({path_, place.line, place.column, std::move(what), std::move(suggestion)});
  }

  bool Parse(Json* notebook) {
    if (const auto fault =
            ParseJsonWithout("outputs", kMaxValues, text_, kDeepestNotebook, notebook)) {
      Report({fault->line, fault->column}, "cannot be read as a notebook: " + fault->what,
             "a notebook is a JSON file that Jupyter wrote");
      return false;
    }
    return true;
  }

  bool CheckVersion(const Json& notebook) {
    const Json* format = Get(notebook, "nbformat");
    if (format == nullptr || !format->is_number_integer()) {
      Report({1, 1}, "has no \"nbformat\"", "is it a notebook?");
      return false;
    }
    if (*format != 4) {
      Report({1, 1}, fmt::format("is of nbformat {}, not 4", OneLine(format->dump(), 20)),
             "convert it: jupyter nbconvert --to notebook --nbformat 4");
      return false;
    }
    return true;
  }

  static void ReadKernel(const Json& notebook, CodeCells* code) {
    const Json* metadata = Get(notebook, "metadata");
    if (metadata == nullptr) return;
    if (const Json* kernelspec = Get(*metadata, "kernelspec")) {
      code->kernel = TextAt(Get(*kernelspec, "name"));
      code->language = LanguageNamed(TextAt(Get(*kernelspec, "language")));
    }
    const Json* language_info = Get(*metadata, "language_info");
    if (code->language.empty() && language_info) {
      code->language = LanguageNamed(TextAt(Get(*language_info, "name")));
    }
    if (code->language.empty()) code->language = LanguageOfKernel(code->kernel);
  }

  void ReadCell(const Json& json, std::size_t index, const NotebookCellPlace& place,
                std::vector<TaggedCell>* tagged) {
    const std::string type = TextAt(Get(json, "cell_type"));
    if (type == "markdown" || type == "raw") return;
    if (type != "code") {
      Report(place.cell, fmt::format("cells[{}] has no known cell_type", index),
             "code, markdown or raw");
      return;
    }
    std::optional<std::string> source = MultilineString(Get(json, "source"));
    if (!source) {
      Report(place.cell, fmt::format("cells[{}] has no source", index),
             "a string or a list of strings");
      return;
    }
    TaggedCell cell;
    cell.cell.source = WithUnixLines(*source);
    cell.cell.file = path_;
    cell.cell.line = place.source_line;
    ReadCellMetadata(Get(json, "metadata"), &cell);
    tagged->push_back(std::move(cell));
  }

  static void ReadCellMetadata(const Json* metadata, TaggedCell* cell) {
    if (metadata == nullptr) return;
    cell->cell.name = OneLine(TextAt(Get(*metadata, "name")));
    const Json* tags = Get(*metadata, "tags");
    if (tags == nullptr || !tags->is_array()) return;
    for (const Json& tag : *tags) cell->tags.push_back(TextAt(&tag));
  }

  const std::string& path_;
  std::string_view text_;
  std::vector<Problem>* problems_;
};

}  // namespace

CodeCells ReadNotebook(const std::string& path, std::string_view text,
                       std::vector<Problem>* problems) {
  return NotebookReader(path, WithoutBom(text), problems).Read();
}

}  // namespace cellar
