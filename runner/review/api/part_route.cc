#include "runner/review/api/part_route.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "jobs/number_text.h"
#include "runner/gateway/url.h"
#include "runner/review/api/outputs_json.h"
#include "runner/review/clean_text.h"
#include "runner/review/html_output.h"
#include "runner/review/markdown_html.h"
#include "runner/review/mime_bundle.h"
#include "store/sha256.h"

namespace cellar {
namespace {

using Query = std::multimap<std::string, std::string>;

constexpr char kInert[] =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
constexpr char kScripted[] =
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'unsafe-eval'; img-src data:; frame-ancestors 'self'";

/// Shown by browsers as pictures; as long as they are asked for by img, SVG runs no script either.
constexpr std::array<std::string_view, 5> kPictures = {"image/png", "image/jpeg", "image/gif",
                                                       "image/webp", "image/svg+xml"};

/// Empty: not given, or more than once.
std::string ValueOf(const Query& query, const std::string& name) {
  return query.count(name) == 1 ? query.find(name)->second : "";
}

template <typename Number>
bool Read(const std::string& text, Number* number) {
  const auto read = NumberOf<Number>(text);
  if (!read || *read < 0) return false;
  *number = *read;
  return true;
}

std::optional<PartAddress> AddressIn(const std::vector<std::string>& path, const Query& query) {
  PartAddress part;
  part.mime = ValueOf(query, "type");
  const bool is_one = path.size() == 5 && Read(path[1], &part.run.value) &&
                      Read(path[2], &part.attempt) && Read(path[3], &part.cell) &&
                      Read(path[4], &part.number);
  return is_one ? std::optional(part) : std::nullopt;
}

std::optional<std::string> BytesOf(const Store& store, const PartAddress& part) {
  for (const OutputOutline& outline : FindOutlines(store, part.run, part.attempt, part.cell)) {
    if (outline.number != part.number) continue;
    if (outline.type != OutputType::kStream) {
      const auto body = ReadOutputBody(store, outline);
      return body ? BytesOfPart(*body, part.mime) : std::nullopt;
    }
    if (part.mime != "text/plain") return std::nullopt;
    return ReadStreamText(store, outline, 0, outline.kept);
  }
  return std::nullopt;
}

/// The page's theme, which need not be the reader's system's.
std::string ThemeStyle(const std::string& theme) {
  if (theme == "dark") return "<style>:root{color-scheme:dark}body{color:#e4e7eb}</style>";
  if (theme == "light") return "<style>:root{color-scheme:light}body{color:#1c2024}</style>";
  return "";
}

std::string EndingOf(std::string_view type) {
  type = WithoutParameters(type);
  if (type == "text/plain") return ".txt";
  std::string ending = ".";
  for (const char letter : type.substr(std::min(type.find('/'), type.size() - 1) + 1)) {
    const bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (!is_plain) break;
    ending += letter;
  }
  return ending.size() > 1 ? ending : ".bin";
}

ApiAnswer Inert(std::string content_type, std::string body) {
  ApiAnswer answer;
  answer.content_type = std::move(content_type);
  answer.body = std::move(body);
  answer.headers.emplace_back("Content-Security-Policy", kInert);
  return answer;
}

ApiAnswer ShownPart(const std::string& type, std::string bytes, const std::string& theme) {
  for (const std::string_view picture : kPictures) {
    if (type == picture) return Inert(type, std::move(bytes));
  }
  constexpr char kHtml[] = "text/html; charset=utf-8";
  if (type == "text/html") return Inert(kHtml, SandboxedDocument(ThemeStyle(theme) + bytes));
  if (type == "text/markdown") {
    return Inert(kHtml, SandboxedDocument(ThemeStyle(theme) + MarkdownHtml(bytes)));
  }
  return Inert(IsBinaryType(type) ? "application/octet-stream" : "text/plain; charset=utf-8",
               std::move(bytes));
}

}  // namespace

PartRoute::PartRoute(std::string secret) : secret_(std::move(secret)) {}

std::string PartRoute::KeyOf(const PartAddress& part) const {
  const std::string what = fmt::format("{}/{}/{}/{}/{}", part.run.value, part.attempt, part.cell,
                                       part.number, part.mime);
  return Sha256(secret_ + Sha256(secret_ + what));
}

std::string PartRoute::UrlOf(const PartAddress& part) const {
  const std::string url =
      fmt::format("/parts/{}/{}/{}/{}?type={}&key={}", part.run.value, part.attempt, part.cell,
                  part.number, PercentEncode(part.mime), KeyOf(part));
  return part.replaced == 0 ? url : fmt::format("{}&replaced={}", url, part.replaced);
}

ApiAnswer PartRoute::Answer(const ApiContext& context, const std::vector<std::string>& path,
                            const Query& query) const {
  const auto part = AddressIn(path, query);
  const std::string key = ValueOf(query, "key");
  const std::string own = part ? KeyOf(*part) : "";
  if (!part || key.size() != own.size() || CRYPTO_memcmp(key.data(), own.data(), own.size()) != 0) {
    return ApiError(403,
                    "the address of this output is not, or no longer, valid: open it anew "
                    "from the page");
  }
  auto bytes = BytesOf(*context.store, *part);
  if (!bytes) return ApiError(404, "this output is no longer there: it was cleared");
  if (ValueOf(query, "download") == "1") {
    ApiAnswer answer = Inert("application/octet-stream", std::move(*bytes));
    answer.headers.emplace_back(
        "Content-Disposition",
        fmt::format("attachment; filename=\"run-{}-cell-{:02}-output-{}{}\"", part->run.value,
                    part->cell, part->number, EndingOf(part->mime)));
    return answer;
  }
  if (ValueOf(query, "scripts") == "1" && part->mime == "text/html") {
    if (!context.scripts) return ApiError(403, "scripts of outputs need --allow-scripts");
    ApiAnswer answer;
    answer.content_type = "text/html; charset=utf-8";
    answer.body = "<!doctype html><meta charset=\"utf-8\">" + ThemeStyle(ValueOf(query, "theme")) +
                  CleanText(*bytes);
    answer.headers.emplace_back("Content-Security-Policy", kScripted);
    return answer;
  }
  return ShownPart(part->mime, std::move(*bytes), ValueOf(query, "theme"));
}

}  // namespace cellar
