#include <fmt/format.h>

#include <array>
#include <utility>

#include "jobs/error.h"
#include "jobs/languages.h"
#include "jobs/literals.h"
#include "jobs/parameters.h"
#include "jobs/read_job.h"
#include "jobs/value.h"

namespace cellar {
namespace {

std::string PythonLine(const std::string& name, const Value& value) {
  return name + " = " + PythonLiteral(value);
}

std::string RLine(const std::string& name, const Value& value) {
  const bool is_plain = IsIdentifier(name) && !name.starts_with('_');
  return (is_plain ? name : "`" + name + "`") + " <- " + RLiteral(value);
}

std::string JuliaLine(const std::string& name, const Value& value) {
  return name + " = " + JuliaLiteral(value);
}

std::string OctaveLine(const std::string& name, const Value& value) {
  return name + " = " + OctaveLiteral(value) + ";";
}

// `var`: later cells see it, and a second one of the same name is no mistake.
std::string JavascriptLine(const std::string& name, const Value& value) {
  return "var " + name + " = " + JavascriptLiteral(value) + ";";
}

std::string BashLine(const std::string& name, const Value& value) {
  return (value.is_object() ? "declare -A " : "") + name + "=" + BashLiteral(value);
}

using Line = std::string (*)(const std::string& name, const Value& value);

constexpr std::array<std::pair<std::string_view, Line>, 6> kLines{{{"python", PythonLine},
                                                                   {"r", RLine},
                                                                   {"julia", JuliaLine},
                                                                   {"octave", OctaveLine},
                                                                   {"javascript", JavascriptLine},
                                                                   {"bash", BashLine}}};

std::string Render(Line line, const std::vector<Parameter>& parameters) {
  std::string code;
  for (const Parameter& parameter : parameters) {
    if (!parameter.value) continue;
    if (!code.empty()) code += '\n';
    try {
      code += line(parameter.name, *parameter.value);
    } catch (const Error& error) {
      throw Error(error.kind(), "parameter " + parameter.name + ": " + error.what());
    }
  }
  if (code.size() > kMaxCellBytes) {
    throw Error(ErrorKind::kUsage,
                fmt::format("the parameters take more than {} MiB of code: put the data in a file, "
                            "and give its path",
                            kMaxCellBytes >> 20));
  }
  return code;
}

}  // namespace

std::optional<std::string> RenderParameters(std::string_view language,
                                            const std::vector<Parameter>& parameters) {
  const std::string name = LanguageNamed(language);
  for (const auto& [known, line] : kLines) {
    if (known == name) return Render(line, parameters);
  }
  return std::nullopt;
}

}  // namespace cellar
