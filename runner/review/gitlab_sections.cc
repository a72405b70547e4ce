#include "runner/review/gitlab_sections.h"

#include <fmt/format.h>

#include "runner/review/clean_text.h"

namespace cellar {
namespace {

std::int64_t Seconds(TimePoint at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

}  // namespace

std::string GitlabSectionStart(std::string_view name, std::string_view title, TimePoint at) {
  return fmt::format("\x1b[0Ksection_start:{}:{}[collapsed=true]\r\x1b[0K{}\n", Seconds(at), name,
                     CleanLine(title));
}

std::string GitlabSectionEnd(std::string_view name, TimePoint at) {
  return fmt::format("\x1b[0Ksection_end:{}:{}\r\x1b[0K\n", Seconds(at), name);
}

}  // namespace cellar
