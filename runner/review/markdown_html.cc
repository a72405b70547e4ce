#include "runner/review/markdown_html.h"

#include <md4c-html.h>

#include <algorithm>

#include "runner/review/clean_text.h"

namespace cellar {
namespace {

constexpr std::string_view kLink = "<a href=\"";
constexpr std::string_view kPicture = "<img src=\"";

/// `beginning` is in lower case.
bool BeginsWithLower(std::string_view text, std::string_view beginning) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return text.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), text.begin(),
                    [&](char wanted, char c) { return wanted == lower(c); });
}

bool IsSafeLink(std::string_view url) {
  return BeginsWithLower(url, "https://") || BeginsWithLower(url, "http://") ||
         BeginsWithLower(url, "mailto:");
}

bool IsOwnPicture(std::string_view url) {
  for (const char* type : {"png", "jpeg", "gif", "webp"}) {
    if (BeginsWithLower(url, std::string("data:image/") + type + ";base64,")) return true;
  }
  return false;
}

/// Takes the URL, up to its closing quote, from the front of `rest`.
std::string_view TakeUrl(std::string_view* rest) {
  const std::size_t end = std::min(rest->find('"'), rest->size());
  const std::string_view url = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return url;
}

/// Every tag here is the renderer's own, since text is escaped: `<a href="` and `<img src="` occur
/// nowhere else. A link that is not safe loses its address, a picture its source.
std::string WithSafeLinks(std::string_view html) {
  std::string safe;
  while (!html.empty()) {
    const std::size_t at = std::min(html.find(kLink), html.find(kPicture));
    safe.append(html.substr(0, at));
    if (at == std::string_view::npos) break;
    html.remove_prefix(at);
    const bool is_link = html.rfind(kLink, 0) == 0;
    html.remove_prefix(is_link ? kLink.size() : kPicture.size());
    const std::string_view url = TakeUrl(&html);
    safe += is_link ? "<a" : "<img";
    if (is_link && IsSafeLink(url)) {
      safe += " rel=\"noopener noreferrer\" href=\"" + std::string(url) + "\"";
    } else if (!is_link && IsOwnPicture(url)) {
      safe += " src=\"" + std::string(url) + "\"";
    }
  }
  return safe;
}

void Append(const MD_CHAR* text, MD_SIZE size, void* html) {
  static_cast<std::string*>(html)->append(text, size);
}

}  // namespace

std::string MarkdownHtml(std::string_view markdown) {
  constexpr unsigned kFlags =
      MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS;
  const std::string text = CleanText(markdown);
  std::string html;
  md_html(text.data(), static_cast<MD_SIZE>(text.size()), Append, &html, kFlags,
          MD_HTML_FLAG_SKIP_UTF8_BOM);
  return CleanText(WithSafeLinks(html));  // what entities stood for
}

}  // namespace cellar
