#include "runner/kernelspec_choice.h"

#include "jobs/source_text.h"

namespace cellar {

std::string LanguageOf(const Kernelspec& spec) { return LowerCase(spec.language); }

std::optional<std::string> KernelspecFor(const Kernelspecs& specs, const std::string& kernel,
                                         const std::string& language) {
  std::string name = kernel;
  if (name.empty() && (language.empty() || language == "python")) name = specs.default_name;
  for (const Kernelspec& spec : specs.specs) {
    if (name.empty() ? LanguageOf(spec) == language : spec.name == name) return spec.name;
  }
  return std::nullopt;
}

}  // namespace cellar
