// What is wrong with a job file or the configuration, and where. Readers return all problems at
// once, as values.
#pragma once

#include <string>
#include <vector>

namespace cellar {

struct Problem {
  std::string file;
  int line = 0;    // from 1; 0: the file as a whole
  int column = 0;  // from 1, in characters; 0: the line as a whole
  std::string what;
  std::string suggestion;  // what would be right; may be empty
};

/// `file:line:column: what; suggestion`, without the parts that are not known.
std::string ToString(const Problem& problem);

}  // namespace cellar
