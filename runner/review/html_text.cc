#include "runner/review/html_text.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <utility>

#include "runner/review/clean_text.h"
#include "runner/review/text_style.h"

namespace cellar {
namespace {

constexpr std::uint8_t kReversed = 16;

/// The colour of xterm's palette behind the first 16, as 0xRRGGBB: a cube of 6 × 6 × 6, then greys.
std::uint32_t PaletteColour(std::uint32_t index) {
  if (index >= 232) {
    const std::uint32_t grey = 8 + 10 * (index - 232);
    return grey << 16 | grey << 8 | grey;
  }
  const auto level = [](std::uint32_t step) { return step == 0 ? 0 : 55 + 40 * step; };
  const std::uint32_t cube = index - 16;
  return level(cube / 36) << 16 | level(cube / 6 % 6) << 8 | level(cube % 6);
}

/// Adds a colour of TextStyle as a class ("c3") or as a style.
void AddColour(std::uint32_t colour, char class_letter, const char* property, std::string* classes,
               std::string* styles) {
  if (colour == 0) return;
  if (colour <= 16) {
    *classes += fmt::format(" {}{}", class_letter, colour - 1);
    return;
  }
  const std::uint32_t rgb =
      colour >= TextStyle::kDirect ? colour & 0xffffff : PaletteColour(colour - 1);
  *styles += fmt::format("{}:#{:06x};", property, rgb);
}

std::string OpeningSpan(TextStyle style) {
  constexpr std::array<std::pair<std::uint8_t, const char*>, 5> kClasses{
      {{1, " b"}, {2, " f"}, {4, " i"}, {8, " u"}, {32, " s"}}};
  std::string classes;
  std::string styles;
  for (const auto& [bit, name] : kClasses) {
    if ((style.attributes & bit) != 0) classes += name;
  }
  if ((style.attributes & kReversed) != 0) {
    if (style.foreground == 0 || style.background == 0) classes += " rev";
    std::swap(style.foreground, style.background);
  }
  AddColour(style.foreground, 'c', "color", &classes, &styles);
  AddColour(style.background, 'g', "background-color", &classes, &styles);
  std::string tag = "<span";
  if (!classes.empty()) tag += fmt::format(" class=\"{}\"", classes.substr(1));
  if (!styles.empty()) tag += fmt::format(" style=\"{}\"", styles);
  return tag + ">";
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  const std::string clean = CleanText(text);
  std::string escaped;
  escaped.reserve(clean.size());
  for (const char c : clean) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped.push_back(c);
    }
  }
  return escaped;
}

std::string StyledHtml(std::string_view sgr_text) {
  constexpr std::string_view kBegin = "\x1b[";
  std::string html;
  TextStyle style;
  while (!sgr_text.empty()) {
    const std::size_t begin = sgr_text.find(kBegin);
    const std::string text = EscapeHtml(sgr_text.substr(0, begin));
    const bool is_styled = style != TextStyle() && !text.empty();
    html += is_styled ? OpeningSpan(style) + text + "</span>" : text;
    if (begin == std::string_view::npos) break;
    sgr_text.remove_prefix(begin + kBegin.size());
    const std::size_t end = sgr_text.find('m');
    style.Apply(sgr_text.substr(0, end));
    sgr_text.remove_prefix(end == std::string_view::npos ? sgr_text.size() : end + 1);
  }
  return html;
}

}  // namespace cellar
