// Finding runs by what their sources and outputs contain.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace cellar {

struct SearchQuery {
  std::string text;      // up to kLongestSearch bytes, without line ends; of it something is left
                         // as SearchableText (store/searchable_text.h)
  std::string job = "";  // empty: any
  int limit = 20;        // 0: all
};

enum class FoundIn { kSource, kOutput };

struct SearchHit {
  RunId run;  // of a source the newest run that has it
  std::string job;
  int attempt = 1;
  int cell = 0;
  std::string name;  // of the cell
  FoundIn where = FoundIn::kOutput;
  std::int64_t runs = 1;  // of a source: how many have it
  std::string excerpt;    // the line, or what is around the text where that is long
};

/// Newest runs first, each in the order of its cells; of an output one hit a cell, of a source one
/// in all. ASCII letters are equal in either case. Looks through the index (store/search_index.h),
/// and beside it through the runs that it does not have: running ones, and those that ended since
/// it was brought up to date.
std::vector<SearchHit> SearchRuns(const Store& store, const SearchQuery& query);

}  // namespace cellar
