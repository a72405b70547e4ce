#include "jobs/read_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "jobs/cell_heading.h"
#include "jobs/languages.h"
#include "jobs/read_job.h"
#include "jobs/source_text.h"

namespace cellar {
namespace {

// What follows the marker `# %%` or `#%%`, if `line` is one; more percent signs, as of Spyder's
// sub-cells, count too. `# %%time` is none: a magic in a comment.
std::optional<std::string_view> HeadingOf(std::string_view line, std::string_view comment) {
  if (!line.starts_with(comment)) return std::nullopt;
  line.remove_prefix(comment.size());
  // Octave's own cells begin with `%%`: its comment sign is the first of the two.
  const bool native = comment == "%" && line.starts_with('%');
  if (native && line.starts_with("%%")) return std::nullopt;
  while (line.starts_with(' ')) line.remove_prefix(1);
  if (!native && !line.starts_with("%%")) return std::nullopt;
  while (line.starts_with('%')) line.remove_prefix(1);
  if (!line.empty() && line.front() != ' ' && line.front() != '\t') return std::nullopt;
  return Trimmed(line);
}

// Whether a heading says that the cell is text: `[markdown]`, `[md]` or `[raw]`.
bool IsOfText(std::string_view heading) {
  static constexpr std::array<std::string_view, 3> kTypes{"[markdown]", "[md]", "[raw]"};
  return std::ranges::any_of(
      kTypes, [&](std::string_view type) { return heading.find(type) != std::string_view::npos; });
}

// Lines [begin, end) without the blank ones at both ends, as a cell.
Cell CellOf(const std::string& path, const std::vector<std::string_view>& lines, std::size_t begin,
            std::size_t end) {
  while (begin < end && Trimmed(lines[begin]).empty()) ++begin;
  while (begin < end && Trimmed(lines[end - 1]).empty()) --end;
  Cell cell;
  cell.file = path;
  cell.line = static_cast<int>(begin) + 1;
  for (std::size_t i = begin; i < end; ++i) {
    if (i > begin) cell.source += '\n';
    cell.source += lines[i];
  }
  return cell;
}

// The YAML header: lines of comment between two `# ---`, at the top or behind `#!`. Returns the
// index of the line behind it; 0: there is none.
std::size_t TakeHeader(const std::vector<std::string_view>& lines, std::string_view comment,
                       CodeCells* code) {
  const auto uncommented = [&](std::size_t i) -> std::optional<std::string_view> {
    if (i >= lines.size() || !lines[i].starts_with(comment)) return std::nullopt;
    std::string_view line = lines[i].substr(comment.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
    return line;
  };
  const std::size_t begin = !lines.empty() && lines[0].starts_with("#!") ? 1 : 0;
  if (uncommented(begin) != "---") return 0;
  std::vector<std::string_view> yaml;
  for (std::size_t i = begin + 1; const auto line = uncommented(i); ++i) {
    if (*line == "---") {
      const FrontMatter found = ReadFrontMatter(yaml);
      code->kernel = found.kernel;
      if (!found.language.empty()) code->language = found.language;
      return i + 1;
    }
    yaml.push_back(*line);
  }
  return 0;
}

struct Marker {
  std::size_t line;  // its index
  std::string_view heading;
};

std::vector<Marker> FindMarkers(const std::vector<std::string_view>& lines, std::size_t begin,
                                std::string_view comment) {
  std::vector<Marker> markers;
  for (std::size_t i = begin; i < lines.size(); ++i) {
    if (const auto heading = HeadingOf(lines[i], comment)) markers.push_back({i, *heading});
  }
  return markers;
}

bool IsAllComment(std::string_view source, std::string_view comment) {
  return std::ranges::all_of(SplitLines(source), [&](std::string_view line) {
    line = Trimmed(line);
    return line.empty() || line.starts_with(comment);
  });
}

}  // namespace

CodeCells ReadScript(const std::string& path, std::string_view text, const ScriptLanguage& language,
                     std::vector<Problem>* problems) {
  const std::vector<std::string_view> lines = SplitLines(WithoutBom(text));
  CodeCells code;
  code.language = language.name;
  const std::size_t body = TakeHeader(lines, language.comment, &code);
  const std::vector<Marker> markers = FindMarkers(lines, body, language.comment);
  if (markers.size() > kMaxCells) {
    problems->push_back(
        {path, 0, 0, fmt::format("has more than {} cells", kMaxCells), "make several of it"});
    return code;
  }
  std::vector<TaggedCell> cells;
  // What stands above the first marker, or the whole script, is a cell if it is more than comments.
  Cell above = CellOf(path, lines, body, markers.empty() ? lines.size() : markers[0].line);
  if (!IsAllComment(above.source, language.comment)) cells.push_back({std::move(above), {}});
  for (std::size_t i = 0; i < markers.size(); ++i) {
    if (IsOfText(markers[i].heading)) continue;
    CellHeading heading = ReadCellHeading(markers[i].heading);
    if (!heading.is_run) continue;
    const std::size_t end = i + 1 < markers.size() ? markers[i + 1].line : lines.size();
    Cell cell = CellOf(path, lines, markers[i].line + 1, end);
    cell.name = std::move(heading.name);
    cells.push_back({std::move(cell), std::move(heading.tags)});
  }
  PutCells(std::move(cells), &code);
  return code;
}

bool HasCellMarker(std::string_view text, std::string_view comment) {
  return std::ranges::any_of(SplitLines(text), [&](std::string_view line) {
    return HeadingOf(line, comment).has_value();
  });
}

}  // namespace cellar
