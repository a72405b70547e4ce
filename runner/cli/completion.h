// What a shell offers where somebody presses the tab key: commands, options and their words, runs
// and jobs of the store.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cellar {

/// The word with which the shells' scripts ask: `cellar __complete WORD…`.
inline constexpr char kCompleteWord[] = "__complete";

struct Candidate {
  std::string word;
  std::string description;  // may be empty
};

/// `words` are those behind the program's name, the last one as far as it has been typed. `app` has
/// the commands. Nothing where the shell should offer files. Never throws for the store's sake:
/// without one there are no runs to offer.
std::vector<Candidate> Complete(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace cellar
