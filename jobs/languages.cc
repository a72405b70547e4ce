#include "jobs/languages.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "jobs/source_text.h"

namespace cellar {
namespace {

constexpr std::array<ScriptLanguage, 17> kScripts{{{".py", "python", "#"},
                                                   {".ipy", "python", "#"},
                                                   {".r", "r", "#"},
                                                   {".jl", "julia", "#"},
                                                   {".m", "octave", "%"},
                                                   {".js", "javascript", "//"},
                                                   {".mjs", "javascript", "//"},
                                                   {".ts", "typescript", "//"},
                                                   {".sh", "bash", "#"},
                                                   {".bash", "bash", "#"},
                                                   {".lua", "lua", "--"},
                                                   {".hs", "haskell", "--"},
                                                   {".sql", "sql", "--"},
                                                   {".cpp", "c++", "//"},
                                                   {".rs", "rust", "//"},
                                                   {".scala", "scala", "//"},
                                                   {".rb", "ruby", "#"}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kAliases{
    {{"py", "python"},
     {"python2", "python"},
     {"python3", "python"},
     {"ipython", "python"},
     {"ipython2", "python"},
     {"ipython3", "python"},
     {"jl", "julia"},
     {"matlab", "octave"},
     {"js", "javascript"},
     {"node", "javascript"},
     {"sh", "bash"},
     {"shell", "bash"},
     {"ts", "typescript"},
     {"cpp", "c++"}}};

// Beginnings of kernelspec names.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kKernels{
    {{"python", "python"},
     {"xpython", "python"},
     {"julia", "julia"},
     {"octave", "octave"},
     {"xoctave", "octave"},
     {"javascript", "javascript"},
     {"jslab", "javascript"},
     {"bash", "bash"},
     {"ir-", "r"}}};

}  // namespace

const ScriptLanguage* ScriptLanguageOf(std::string_view path) {
  const std::string ending = LowerCase(std::filesystem::path(path).extension().string());
  const auto found = std::ranges::find(kScripts, ending, &ScriptLanguage::ending);
  return found == kScripts.end() ? nullptr : &*found;
}

std::string LanguageNamed(std::string_view word) {
  std::string lower = LowerCase(word);
  for (const auto& [alias, name] : kAliases) {
    if (alias == lower) return std::string(name);
  }
  return lower;
}

std::string LanguageOfKernel(std::string_view kernelspec) {
  const std::string lower = LowerCase(kernelspec);
  if (lower == "ir" || lower == "xr") return "r";
  for (const auto& [start, name] : kKernels) {
    if (lower.starts_with(start)) return std::string(name);
  }
  return "";
}

const std::vector<std::string>& KnownLanguages() {
  static const std::vector<std::string> kNames{"python", "r",          "julia",
                                               "octave", "javascript", "bash"};
  return kNames;
}

}  // namespace cellar
