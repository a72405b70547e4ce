#include "jobs/read_markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "jobs/cell_heading.h"
#include "jobs/fenced_blocks.h"
#include "jobs/languages.h"
#include "jobs/read_job.h"
#include "jobs/source_text.h"

namespace cellar {
namespace {

struct CodeBlock {
  std::string language;    // empty: a MyST code-cell that names none
  bool in_braces = false;  // R Markdown, Quarto, MyST: such pages run these alone
  CellHeading heading;
  const FencedBlock* block = nullptr;
};

std::string_view TakeWord(std::string_view* text) {
  *text = Trimmed(*text);
  const std::string_view word = text->substr(0, text->find_first_of(" \t,{"));
  text->remove_prefix(word.size());
  *text = Trimmed(*text);
  return word;
}

// ```{code-cell} ipython3
CodeBlock MystCell(std::string_view rest, const FencedBlock& block) {
  return {LanguageNamed(TakeWord(&rest)), true, {}, &block};
}

// ```{r load, eval=FALSE}: the chunk's name, then R's options.
CodeBlock KnitrChunk(std::string_view inside, const FencedBlock& block) {
  CodeBlock code{LanguageNamed(TakeWord(&inside)), true, {}, &block};
  code.in_braces = !code.language.empty();
  const std::string_view name = TakeWord(&inside);
  if (name.find('=') == std::string_view::npos) code.heading.name = OneLine(name);
  std::string options(inside);
  std::erase_if(options, [](char c) { return c == ' '; });
  const bool is_off = options.find("eval=F") != std::string::npos ||
                      options.find("eval=false") != std::string::npos || name.starts_with("eval=F");
  code.heading.is_run = !is_off;
  return code;
}

CodeBlock Classify(const FencedBlock& block) {
  std::string_view info = block.info;
  if (info.starts_with('{')) {
    const std::size_t end = std::min(info.find('}'), info.size());
    const std::string_view inside = info.substr(1, end - 1);
    const std::string_view rest = info.substr(std::min(end + 1, info.size()));
    return Trimmed(inside) == "code-cell" ? MystCell(rest, block) : KnitrChunk(inside, block);
  }
  CodeBlock code{LanguageNamed(TakeWord(&info)), false, {}, &block};
  code.heading = ReadCellHeading(info);
  return code;
}

// `[parameters, "b"]` or one tag: what a MyST option `:tags:` holds.
std::vector<std::string> TagsOf(std::string_view value) {
  std::vector<std::string> tags;
  std::string_view rest = Trimmed(value);
  if (rest.starts_with('[')) rest = rest.substr(1, rest.find(']') - 1);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view tag = Trimmed(rest.substr(0, comma));
    while (!tag.empty() && (tag.front() == '"' || tag.front() == '\'')) tag.remove_prefix(1);
    while (!tag.empty() && (tag.back() == '"' || tag.back() == '\'')) tag.remove_suffix(1);
    tags.emplace_back(tag);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return tags;
}

// Takes the lines `:key: value` from the start of a MyST code-cell. Returns how many there were.
int TakeMystOptions(std::string* code, CellHeading* heading) {
  int lines = 0;
  while (code->starts_with(':')) {
    const std::size_t end = code->find('\n');
    const std::string_view line = std::string_view(*code).substr(1, end - 1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) break;
    if (line.substr(0, colon) == "tags") heading->tags = TagsOf(line.substr(colon + 1));
    if (line.substr(0, colon) == "name") heading->name = OneLine(Trimmed(line.substr(colon + 1)));
    code->erase(0, end + 1);
    ++lines;
  }
  return lines;
}

TaggedCell CellOf(const std::string& path, int line_of_text, CodeBlock code) {
  TaggedCell cell;
  cell.cell.source = code.block->code;
  int line = line_of_text + code.block->line + 1;
  if (code.in_braces) line += TakeMystOptions(&cell.cell.source, &code.heading);
  if (cell.cell.source.ends_with('\n')) cell.cell.source.pop_back();
  cell.cell.name = std::move(code.heading.name);
  cell.cell.file = path;
  cell.cell.line = line;
  cell.tags = std::move(code.heading.tags);
  return cell;
}

// The index of the line behind a YAML header; 0: there is none.
std::size_t TakeHeader(const std::vector<std::string_view>& lines, CodeCells* code) {
  if (lines.empty() || lines[0] != "---") return 0;
  const auto end = std::find_if(lines.begin() + 1, lines.end(), [](std::string_view line) {
    return line == "---" || line == "...";
  });
  if (end == lines.end()) return 0;
  const FrontMatter found = ReadFrontMatter({lines.begin() + 1, end});
  code->kernel = found.kernel;
  code->language = found.language;
  return static_cast<std::size_t>(end - lines.begin()) + 1;
}

std::string ChooseLanguage(std::string_view path, const std::vector<CodeBlock>& blocks) {
  if (path.ends_with(".Rmd") || path.ends_with(".rmd")) return "r";
  for (const std::string& language : KnownLanguages()) {
    if (std::ranges::find(blocks, language, &CodeBlock::language) != blocks.end()) return language;
  }
  return "";
}

std::vector<CodeBlock> ClassifyAll(const std::vector<FencedBlock>& fenced) {
  std::vector<CodeBlock> blocks;
  blocks.reserve(fenced.size());
  for (const FencedBlock& block : fenced) blocks.push_back(Classify(block));
  return blocks;
}

// The text behind the first `lines` lines.
std::string_view Behind(std::string_view text, std::size_t lines) {
  for (; lines > 0; --lines) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  return text;
}

}  // namespace

CodeCells ReadMarkdown(const std::string& path, std::string_view text, std::string_view kernel,
                       std::vector<Problem>* problems) {
  text = WithoutBom(text);
  CodeCells code;
  const std::size_t header = TakeHeader(SplitLines(text), &code);
  const std::vector<FencedBlock> fenced = FindFencedBlocks(Behind(text, header));
  if (fenced.size() > kMaxCells) {
    problems->push_back({path, 0, 0, fmt::format("has more than {} fenced blocks", kMaxCells),
                         "make several of it"});
    return code;
  }
  std::vector<CodeBlock> blocks = ClassifyAll(fenced);
  if (code.language.empty()) code.language = LanguageOfKernel(kernel);
  if (code.language.empty()) code.language = ChooseLanguage(path, blocks);
  const auto is_of_language = [&](const CodeBlock& block) {
    return block.language.empty() ? block.in_braces : block.language == code.language;
  };
  const bool braces_only = std::ranges::any_of(
      blocks, [&](const CodeBlock& block) { return block.in_braces && is_of_language(block); });
  std::vector<TaggedCell> cells;
  for (CodeBlock& block : blocks) {
    if (!is_of_language(block) || block.in_braces != braces_only || !block.heading.is_run) continue;
    const int line = static_cast<int>(header) + block.block->line;
    if (!block.block->closed) {
      problems->push_back({path, line, 1, "the fenced block is not closed",
                           "close it with a line of the same signs"});
    }
    cells.push_back(CellOf(path, static_cast<int>(header), std::move(block)));
  }
  PutCells(std::move(cells), &code);
  return code;
}

bool HasCodeBlock(std::string_view text) {
  const std::vector<FencedBlock> fenced = FindFencedBlocks(WithoutBom(text));
  return !ChooseLanguage("", ClassifyAll(fenced)).empty();
}

}  // namespace cellar
