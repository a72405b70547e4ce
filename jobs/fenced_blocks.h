// The fenced code blocks of a Markdown page, by CommonMark's rules ("Fenced code blocks", "List
// items", "HTML blocks"); fences in quotes, in indented code and in HTML comments are none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cellar {

struct FencedBlock {
  std::string info;    // what stands behind the opening fence
  std::string code;    // lines end with \n; without the fence's own indentation
  int line = 1;        // of the opening fence, from 1
  bool closed = true;  // false: the page, or the list item, ends before the block does
};

std::vector<FencedBlock> FindFencedBlocks(std::string_view text);

}  // namespace cellar
