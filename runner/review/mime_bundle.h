// The mime bundle of an nbformat output: what is in it, and which of it to show.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cellar {

/// True for what nbformat holds as base64: pictures but SVG, sound, films, PDF, archives.
bool IsBinaryType(std::string_view type);

/// True for "application/json" and every "…+json".
bool IsJsonType(std::string_view type);

/// A text without the parameters that may follow a type: "text/html; charset=utf-8".
std::string_view WithoutParameters(std::string_view type);

/// A value of a bundle as text: JSON, or a list of lines as nbformat allows, made into one.
std::string TextOfValue(const nlohmann::ordered_json& value);

/// The type of `data` that shows most and does no harm: pictures before HTML, Markdown, LaTeX,
/// JSON and plain text; anything else only where there is none of these. Never a script. Empty:
/// there is nothing to show.
std::string TypeToShow(const nlohmann::ordered_json& data);

}  // namespace cellar
