#include "jobs/fenced_blocks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "jobs/source_text.h"

namespace cellar {
namespace {

struct Indented {
  std::size_t columns = 0;  // a tab reaches to the next multiple of 4
  std::string_view rest;
};

Indented TakeIndentation(std::string_view line, std::size_t from_column = 0) {
  std::size_t column = from_column;
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
    column += line.front() == '\t' ? 4 - column % 4 : 1;
    line.remove_prefix(1);
  }
  return {column, line};
}

// `line` without at most `columns` columns of blanks.
std::string_view WithoutIndentation(std::string_view line, std::size_t columns) {
  std::size_t column = 0;
  while (!line.empty() && column < columns && (line.front() == ' ' || line.front() == '\t')) {
    column += line.front() == '\t' ? 4 - column % 4 : 1;
    line.remove_prefix(1);
  }
  return line;
}

struct Fence {
  char sign = '`';
  std::size_t length = 0;
  std::string_view info;
};

std::optional<Fence> FenceAt(std::string_view text) {
  Fence fence;
  if (text.empty() || (text[0] != '`' && text[0] != '~')) return std::nullopt;
  fence.sign = text[0];
  fence.length = std::min(text.find_first_not_of(fence.sign), text.size());
  fence.info = Trimmed(text.substr(fence.length));
  const bool is_code_span = fence.sign == '`' && fence.info.find('`') != std::string_view::npos;
  if (fence.length < 3 || is_code_span) return std::nullopt;
  return fence;
}

// The length of a list marker with one space, `- ` or `1. `; 0: there is none.
std::size_t ListMarkerLength(std::string_view text) {
  std::size_t length = 0;
  if (!text.empty() && std::string_view("-+*").find(text[0]) != std::string_view::npos) {
    length = 1;
  } else {
    while (length < text.size() && length < 9 && text[length] >= '0' && text[length] <= '9') {
      ++length;
    }
    if (length == 0 || length >= text.size() || (text[length] != '.' && text[length] != ')')) {
      return 0;
    }
    ++length;
  }
  if (length == text.size()) return length;
  return text[length] == ' ' || text[length] == '\t' ? length + 1 : 0;
}

// What ends the HTML block that begins with `text`; empty: none begins, or none that can hold a
// fence behind a blank line.
std::string_view HtmlEnd(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kBlocks{
      {{"<!--", "-->"},
       {"<pre", "</pre>"},
       {"<script", "</script>"},
       {"<style", "</style>"},
       {"<textarea", "</textarea>"}}};
  for (const auto& [begin, end] : kBlocks) {
    if (text.starts_with(begin)) return end;
  }
  return "";
}

class FenceReader {
 public:
  std::vector<FencedBlock> Read(std::string_view text) {
    int number = 0;
    for (const std::string_view line : SplitLines(text)) TakeLine(line, ++number);
    if (open_) Close(false);
    return std::move(blocks_);
  }

 private:
  void TakeLine(std::string_view line, int number) {
    const Indented indented = TakeIndentation(line);
    if (open_) {
      const bool item_ended = !indented.rest.empty() && indented.columns < ContentColumn();
      if (!item_ended) return TakeCode(line, indented);
      Close(false);
    }
    if (!html_end_.empty()) {
      if (line.find(html_end_) != std::string_view::npos) html_end_ = "";
      return;
    }
    if (!indented.rest.empty()) TakeContent(indented, number);
  }

  void TakeCode(std::string_view line, const Indented& indented) {
    const std::optional<Fence> fence = FenceAt(indented.rest);
    if (fence && fence->sign == fence_.sign && fence->length >= fence_.length &&
        fence->info.empty() && indented.columns < ContentColumn() + 4) {
      return Close(true);
    }
    open_->code += WithoutIndentation(line, fence_column_);
    open_->code += '\n';
  }

  // A line outside of blocks. A list marker opens an item, in which the line goes on.
  void TakeContent(Indented indented, int number) {
    while (!items_.empty() && indented.columns < items_.back()) items_.pop_back();
    while (indented.columns < ContentColumn() + 4) {
      const std::size_t marker = ListMarkerLength(indented.rest);
      if (marker == 0) break;
      const Indented content =
          TakeIndentation(indented.rest.substr(marker), indented.columns + marker);
      // More than four blanks behind the marker: indented code within the item.
      const bool is_code = content.rest.empty() || content.columns > indented.columns + marker + 3;
      items_.push_back(is_code ? indented.columns + marker : content.columns);
      indented = content;
    }
    if (indented.columns >= ContentColumn() + 4) return;
    html_end_ = HtmlEnd(indented.rest);
    if (indented.rest.find(html_end_) != std::string_view::npos) html_end_ = "";
    if (const std::optional<Fence> fence = FenceAt(indented.rest)) {
      fence_ = *fence;
      fence_column_ = indented.columns;
      open_ = FencedBlock{std::string(fence->info), "", number, true};
    }
  }

  void Close(bool closed) {
    open_->closed = closed;
    blocks_.push_back(std::move(*open_));
    open_.reset();
  }

  std::size_t ContentColumn() const { return items_.empty() ? 0 : items_.back(); }

  std::vector<FencedBlock> blocks_;
  std::optional<FencedBlock> open_;
  Fence fence_;
  std::size_t fence_column_ = 0;
  std::vector<std::size_t> items_;  // the column of the content of each open list item
  std::string_view html_end_;
};

}  // namespace

std::vector<FencedBlock> FindFencedBlocks(std::string_view text) {
  return FenceReader().Read(text);
}

}  // namespace cellar
