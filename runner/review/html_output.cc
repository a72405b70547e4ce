#include "runner/review/html_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "jobs/duration.h"
#include "runner/review/base64.h"
#include "runner/review/clean_text.h"
#include "runner/review/html_text.h"
#include "runner/review/json_dump.h"
#include "runner/review/json_values.h"
#include "runner/review/markdown_html.h"
#include "runner/review/mime_bundle.h"
#include "runner/review/output_text.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFrameHead[] =
    "<!doctype html><html><head><meta charset=\"utf-8\">"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'\">"
    "<meta name=\"color-scheme\" content=\"light dark\">"
    "<style>body{font:14px/1.45 system-ui,sans-serif;margin:0}"
    "@media (prefers-color-scheme: dark){body{color:#e4e7eb}}"
    "table{border-collapse:collapse;border:0;font-variant-numeric:tabular-nums}"
    "th,td{border:0;border-bottom:1px solid #8884;padding:3px 10px;text-align:right}"
    "img,svg{max-width:100%}</style></head><body>";

/// The policy keeps what these name from being loaded, but Chromium connects to its host before it
/// asks the policy. Under another name they are elements that mean nothing.
constexpr std::array<std::string_view, 3> kConnecting = {"iframe", "frame", "link"};

bool IsTagAt(std::string_view html, std::string_view tag) {
  const auto is_same = [](char name, char letter) { return (letter | 0x20) == name; };
  return html.size() >= tag.size() && std::equal(tag.begin(), tag.end(), html.begin(), is_same);
}

/// A tag begins with '<' and its name, wherever it stands (HTML, 13.2.5.6 "Tag open state").
std::string WithoutConnections(std::string_view html) {
  std::string inert;
  inert.reserve(html.size());
  for (std::size_t at = 0; at < html.size(); ++at) {
    inert += html[at];
    if (html[at] != '<') continue;
    for (const std::string_view tag : kConnecting) {
      if (IsTagAt(html.substr(at + 1), tag)) {
        inert += "x-";
        break;
      }
    }
  }
  return inert;
}

int CountParts(std::string_view text, std::string_view part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

/// A guess at what the frame needs, in pixels: without scripts nobody can measure it. The reader
/// can drag it.
int FrameHeight(std::string_view html) {
  constexpr int kLeast = 40;
  constexpr int kMost = 560;
  constexpr std::size_t kLineLength = 110;
  const int rows = CountParts(html, "<tr");
  const int blocks = CountParts(html, "<p") + CountParts(html, "<br") + CountParts(html, "<li") +
                     CountParts(html, "<h");
  const int lines = rows > 0 ? 0 : static_cast<int>(std::min(html.size() / kLineLength, 40UL));
  const int pictures = CountParts(html, "<img") + CountParts(html, "<svg");
  return std::clamp(20 + rows * 28 + blocks * 22 + lines * 20 + pictures * 320, kLeast, kMost);
}

std::string FrameHtml(std::string_view html, const std::string& label) {
  std::string frame = fmt::format(
      "<iframe sandbox=\"\" referrerpolicy=\"no-referrer\" title=\"{}\" style=\"height:{}px\" "
      "srcdoc=\"",
      EscapeHtml(label), FrameHeight(html));
  frame += EscapeHtml(SandboxedDocument(html)) + "\"></iframe>\n";
  if (html.find("<script") != std::string_view::npos) {
    frame += "<p class=\"note\">this output has scripts, which are not run here</p>\n";
  }
  return frame;
}

/// What cannot be shown is named.
std::string NoteHtml(const std::string& type, const std::string& why, std::size_t size) {
  return fmt::format("<p class=\"note\">{}, {}: {}</p>\n", EscapeHtml(type), FormatByteSize(size),
                     why);
}

/// ` width="640"`, where the kernel said how large the picture is meant to be.
std::string SizeAttributes(const Json& metadata, const std::string& type) {
  std::string attributes;
  const auto own = metadata.is_object() ? metadata.find(type) : metadata.end();
  if (own == metadata.end() || !own->is_object()) return attributes;
  constexpr int kMost = 10'000;
  for (const char* key : {"width", "height"}) {
    const auto found = own->find(key);
    if (found == own->end() || !found->is_number_integer()) continue;
    const auto size = found->get<std::int64_t>();
    if (size > 0 && size <= kMost) attributes += fmt::format(" {}=\"{}\"", key, size);
  }
  return attributes;
}

std::string PictureHtml(const Json& output, const std::string& type, const std::string& text,
                        const std::string& label) {
  std::string base64;
  if (type == "image/svg+xml") {
    base64 = EncodeBase64(text);
  } else if (const auto bytes = DecodeBase64(text)) {
    base64 = EncodeBase64(*bytes);
  } else {
    return NoteHtml(type, "it is not base64", text.size());
  }
  const auto metadata = output.find("metadata");
  return fmt::format("<img class=\"picture\" alt=\"{}\"{} src=\"data:{};base64,", EscapeHtml(label),
                     SizeAttributes(metadata == output.end() ? Json() : *metadata, type), type) +
         base64 + "\">\n";
}

std::string PreHtml(const std::string& classes, const std::string& html) {
  return "<pre class=\"" + classes + "\" tabindex=\"0\">" + html + "</pre>\n";
}

std::string DataHtml(const Json& output, const Json& data, const std::string& label) {
  const std::string type = TypeToShow(data);
  if (type.empty()) return "<p class=\"note\">nothing in this output can be shown</p>\n";
  const Json& value = data.at(type);
  const std::string text = TextOfValue(value);
  if (type.rfind("image/", 0) == 0) {
    const bool is_known = type == "image/png" || type == "image/jpeg" || type == "image/gif" ||
                          type == "image/webp" || type == "image/svg+xml";
    if (is_known) return PictureHtml(output, type, text, label);
  }
  if (type == "text/html") return FrameHtml(text, label);
  if (type == "text/markdown") return "<div class=\"markdown\">" + MarkdownHtml(text) + "</div>\n";
  if (type == "text/latex") return PreHtml("latex", EscapeHtml(text));
  if (IsJsonType(type)) {
    return PreHtml("json", EscapeHtml(value.is_string() ? text : DumpJson(value, 2)));
  }
  if (type == "text/plain") return PreHtml("text", StyledHtml(TerminalView(text, Colours::kKeep)));
  return NoteHtml(type, "not shown here", text.size());
}

}  // namespace

std::string SandboxedDocument(std::string_view html) {
  return kFrameHead + WithoutConnections(CleanText(html)) + "</body></html>";
}

std::string OutputHtml(const OutputRecord& output, const std::string& label) {
  const std::string type = StringAt(output.body, "output_type");
  const auto data = output.body.find("data");
  if (type != "stream" && type != "error") {
    return data != output.body.end() && data->is_object() ? DataHtml(output.body, *data, label)
                                                          : "";
  }
  std::string html;
  OutputText text(Colours::kKeep, [&](std::string_view piece) { html += StyledHtml(piece); });
  text.TakeRecord(output);
  text.Finish();
  if (html.empty()) return "";
  if (type == "error") return PreHtml("error", html);
  return PreHtml(StringAt(output.body, "name") == "stderr" ? "stream stderr" : "stream", html);
}

}  // namespace cellar
