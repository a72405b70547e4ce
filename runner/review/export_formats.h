// The forms in which a run is handed on, by the names that people give them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runner/review/text_sink.h"
#include "store/history.h"

namespace cellar {

struct ExportFormat {
  std::string_view name;    // "html"
  std::string_view ending;  // of files that are given without a name: ".html"
  std::string_view content_type;
  void (*write)(const Store& store, const RunRecord& run, const TextSink& sink);
};

/// The first is the default.
std::span<const ExportFormat> ExportFormats();

/// By name. Throws Error (kUsage), which begins with `flag`, for one that is not there.
const ExportFormat& ExportFormatNamed(const std::string& flag, const std::string& name);

}  // namespace cellar
