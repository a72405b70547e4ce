// The languages of kernels: how they are called, which files are written in them, how they comment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cellar {

struct ScriptLanguage {
  std::string_view ending;   // ".py"
  std::string_view name;     // "python"
  std::string_view comment;  // "#"
};

/// nullptr: no script's ending that is known. Case is ignored.
const ScriptLanguage* ScriptLanguageOf(std::string_view path);

/// One word in lower case for each language: "IPython3" and "py" are "python". Other words stay.
std::string LanguageNamed(std::string_view word);

/// From the usual names of kernelspecs ("python3", "ir", "julia-1.9"); empty: cannot be told.
std::string LanguageOfKernel(std::string_view kernelspec);

/// Those that a parameter cell can be written in, the likeliest first: python, r, julia, octave,
/// javascript, bash.
const std::vector<std::string>& KnownLanguages();

}  // namespace cellar
