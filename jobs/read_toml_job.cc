#include "jobs/read_toml_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "jobs/file_format.h"
#include "jobs/languages.h"
#include "jobs/read_toml_parameters.h"
#include "jobs/read_toml_schedule.h"
#include "jobs/source_text.h"
#include "jobs/spelling.h"
#include "jobs/toml_reader.h"
#include "jobs/value.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;

// Reasons that a run can fail for; those of `cancelled` are nobody's to try again.
std::vector<std::string> RetryReasons() {
  constexpr int kCount = static_cast<int>(RunReason::kByUser);
  std::vector<std::string> words;
  words.reserve(kCount);
  for (int i = 0; i < kCount; ++i) words.emplace_back(ToWord(static_cast<RunReason>(i)));
  return words;
}

// The line on which a string's text begins: behind the newline after ''' or """.
int LineOfText(const std::vector<std::string_view>& file_lines, const toml::node& node) {
  const toml::source_position begin = node.source().begin;
  if (begin.line == 0 || begin.line > file_lines.size()) return 1;
  const std::string_view shown = Trimmed(file_lines[begin.line - 1]);
  const bool opens = shown.ends_with("'''") || shown.ends_with("\"\"\"");
  const bool goes_on = node.source().end.line > begin.line;
  return static_cast<int>(begin.line) + (opens && goes_on ? 1 : 0);
}

class TomlJobReader {
 public:
  TomlJobReader(const std::string& path, std::string_view text, const FileReader& read_file,
                std::vector<Problem>* problems)
      : path_(path),
        lines_(SplitLines(text)),
        read_file_(read_file),
        problems_(problems),
        text_(ParseToml(path, text)),
        top_(&text_, &text_.table, "") {}

  Job Read() {
    ReadTop();
    ReadLimits();
    job_.parameters = ReadTomlParameters(&text_, &top_);
    if (const toml::table* retry = top_.Table("retry")) ReadRetry(retry);
    job_.concurrency = ReadTomlConcurrency(&text_, &top_);
    job_.schedule = ReadTomlSchedule(&text_, &top_);
    ReadCode();
    top_.Finish();
    problems_->insert(problems_->end(), text_.problems.begin(), text_.problems.end());
    return std::move(job_);
  }

 private:
  void ReadTop() {
    if (auto name = top_.String("name")) {
      if (IsJobName(*name)) {
        job_.name = std::move(*name);
      } else {
        top_.Report("name", "name is " + Quoted(*name),
                    "at most 100 letters, digits, . _ -, not all of them dots");
      }
    }
    job_.description = top_.Text("description").value_or("");
    job_.kernel = top_.String("kernel").value_or("");
    job_.gateway = top_.String("gateway").value_or("");
    job_.requires_labels = top_.Strings("requires").value_or(std::vector<std::string>());
    job_.tags = top_.Strings("tags").value_or(std::vector<std::string>());
    job_.working_dir = top_.String("working_dir").value_or(".");
    job_.language = LanguageOfKernel(job_.kernel);
  }

  void ReadLimits() {
    job_.timeout = top_.Duration("timeout", false);
    job_.cell_timeout = top_.Duration("cell_timeout", false);
    job_.stall_timeout = top_.Duration("stall_timeout", false);
    on_error_ = ReadOnError(&top_, OnError::kStop);
  }

  static OnError ReadOnError(TomlReader* reader, OnError otherwise) {
    const auto word = reader->Word("on_error", {"stop", "continue"});
    if (!word) return otherwise;
    return *word == "stop" ? OnError::kStop : OnError::kContinue;
  }

  void ReadRetry(const toml::table* table) {
    TomlReader reader(&text_, table, "[retry]");
    Retry& retry = job_.retry;
    retry.attempts = static_cast<int>(reader.Integer("attempts", 1, 1000).value_or(1));
    retry.delay = reader.Duration("delay", true).value_or(milliseconds(0));
    retry.backoff = reader.Number("backoff", 1, 100).value_or(1);
    const auto words = RetryReasons();
    for (const std::string& word : reader.Strings("on").value_or(std::vector<std::string>())) {
      if (text_.problems.size() >= kMostProblems) break;
      if (std::ranges::find(words, word) == words.end()) {
        reader.Report("on", fmt::format("on has {}, no reason of a failed run", Quoted(word)),
                      SuggestWord(word, words, "reasons"));
      } else {
        retry.on.push_back(*ParseRunReason(word));
      }
    }
    reader.Finish();
  }

  void ReadCode() {
    const bool has_cells = top_.Has("cell");
    const bool has_notebook = top_.Has("notebook");
    const std::vector<const toml::table*> cells = top_.Tables("cell");
    const auto notebook = top_.String("notebook");
    if (has_cells && has_notebook) {
      top_.Report("notebook", "both notebook and [[cell]]", "one of them holds the code");
    } else if (!has_notebook && cells.empty() && (!has_cells || top_.table()["cell"].is_array())) {
      top_.ReportMissing("cell", "the job has no cells", "add [[cell]] with code = '''…'''");
    }
    if (cells.size() > kMaxCells) {
      top_.Report("cell", fmt::format("more than {} cells", kMaxCells), "make several jobs of it");
      return;
    }
    for (std::size_t i = 0; i < cells.size(); ++i) ReadCell(cells[i], i);
    if (notebook && !has_cells) ReadNotebookFile(*notebook);
  }

  void ReadCell(const toml::table* table, std::size_t index) {
    const auto* given_name = table->get_as<std::string>("name");
    const bool is_named = given_name && !given_name->get().empty();
    const std::string label = is_named ? Quoted(given_name->get()) : std::to_string(index);
    TomlReader reader(&text_, table, "[[cell]] " + label);
    Cell cell;
    cell.name = reader.String("name").value_or("");
    CheckUnique(cell.name, &reader);
    ReadSource(&reader, &cell);
    cell.timeout = reader.Duration("timeout", false);
    cell.on_error = ReadOnError(&reader, on_error_);
    ReadExpectError(&reader, &cell);
    cell.skip = reader.Boolean("skip").value_or(false);
    reader.Finish();
    job_.cells.push_back(std::move(cell));
  }

  void CheckUnique(const std::string& name, TomlReader* reader) {
    if (name.empty()) return;
    const int line = static_cast<int>(reader->PlaceOf("name").begin.line);
    const auto [first, is_new] = lines_of_names_.emplace(name, line);
    if (is_new) return;
    reader->Report("name", fmt::format("a cell of this name is in line {} already", first->second),
                   "give each cell a name of its own");
  }

  void ReadSource(TomlReader* reader, Cell* cell) {
    const auto code = reader->Text("code");
    const auto file = reader->String("file");
    const bool has_code = reader->Has("code");
    const bool has_file = reader->Has("file");
    if (has_code == has_file) {
      const std::string what = has_code ? "both code and file" : "neither code nor file";
      const std::string right = "one of them: code = '''…''' or file = \"…\"";
      has_code ? reader->Report("file", what, right) : reader->ReportMissing("", what, right);
    } else if (code) {
      cell->source = *code;
      cell->file = path_;
      cell->line = LineOfText(lines_, *reader->Node("code"));
      if (Trimmed(*code).empty()) reader->Report("code", "code is empty", "leave the cell out");
    } else if (file) {
      ReadCellFile(*file, reader, cell);
    }
  }

  void ReadCellFile(const std::string& file, TomlReader* reader, Cell* cell) {
    cell->file = Resolved(file);
    const auto content = ReadNamedFile(reader, "file", cell->file);
    if (!content) return;
    if (const auto invalid = FindInvalidUtf8(*content)) {
      const TextPlace place = PlaceOf(*content, *invalid);
      problems_->push_back(
          {cell->file, place.line, place.column, "is not UTF-8", "save it as UTF-8"});
      return;
    }
    cell->source = WithUnixLines(WithoutBom(*content));
    if (Trimmed(cell->source).empty()) {
      reader->Report("file", fmt::format("file {} is empty", OneLine(cell->file)));
    }
  }

  void ReadExpectError(TomlReader* reader, Cell* cell) {
    const toml::node* node = reader->Node("expect_error");
    if (node == nullptr) return;
    if (const auto* any = node->as_boolean()) {
      cell->expects_error = any->get();
    } else if (node->is_string()) {
      cell->expected_error = reader->String("expect_error").value_or("");
      cell->expects_error = true;
    } else {
      reader->Report("expect_error",
                     fmt::format("expect_error must be an error's name, not {}", Describe(*node)),
                     "\"ValueError\", or true for any");
    }
  }

  void ReadNotebookFile(const std::string& file) {
    const std::string path = Resolved(file);
    const auto content = ReadNamedFile(&top_, "notebook", path);
    if (!content) return;
    const FileFormat format = FormatOf(path, *content);
    if (format == FileFormat::kToml) {
      top_.Report("notebook", fmt::format("notebook {} is none", OneLine(path)),
                  "a notebook (.ipynb), a percent script or Markdown");
      return;
    }
    if (const auto fault = FaultOfText(format, path, *content)) {
      problems_->push_back(*fault);
      return;
    }
    CodeCells code = ReadCodeCells(format, path, *content, job_.kernel, problems_);
    for (Cell& cell : code.cells) cell.on_error = on_error_;
    TakeCode(std::move(code), &job_);
  }

  std::string Resolved(const std::string& file) const {
    return (std::filesystem::path(path_).parent_path() / file).string();
  }

  // nullopt: it could not be read, which is a problem then.
  std::optional<std::string> ReadNamedFile(TomlReader* reader, std::string_view key,
                                           const std::string& path) {
    auto content = read_file_(path);
    if (const auto* failure = std::get_if<FileFailure>(&content)) {
      reader->Report(key, fmt::format("{} {}: {}", key, OneLine(path), failure->why),
                     "a path relative to this file");
      return std::nullopt;
    }
    return std::get<std::string>(std::move(content));
  }

  const std::string& path_;
  std::vector<std::string_view> lines_;
  const FileReader& read_file_;
  std::vector<Problem>* problems_;
  TomlText text_;
  TomlReader top_;
  Job job_;
  OnError on_error_ = OnError::kStop;
  std::map<std::string, int> lines_of_names_;
};

}  // namespace

Job ReadTomlJob(const std::string& path, std::string_view text, const FileReader& read_file,
                std::vector<Problem>* problems) {
  return TomlJobReader(path, text, read_file, problems).Read();
}

}  // namespace cellar
