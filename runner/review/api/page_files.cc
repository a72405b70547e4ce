#include "runner/review/api/page_files.h"

#include "runner/review/api/openapi_document.h"
#include "runner/review/api/page_assets.h"

namespace cellar {
namespace {

/// Scripts and styles are files of ours; frames are the addresses of outputs.
constexpr char kPagePolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

constexpr char kNoPage[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>Cellar</title>"
    "<h1>This Cellar was built without its page</h1>"
    "<p>The page needs npm where the program is built: install it, then run <code>make "
    "build</code> "
    "again. The API answers all the same: <a href=\"api/v1/openapi.json\">what it offers</a>.</p>";

ApiAnswer Document(std::string_view content_type, std::string_view body) {
  ApiAnswer answer;
  answer.content_type = content_type;
  answer.body = body;
  answer.headers.emplace_back("Content-Security-Policy", kPagePolicy);
  answer.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  return answer;
}

}  // namespace

ApiAnswer AnswerFile(std::string_view path) {
  if (path == "/") path = "/index.html";
  for (const PageAsset& asset : PageAssets()) {
    if (asset.path != path) continue;
    ApiAnswer answer = Document(asset.content_type, asset.bytes);
    // The names of these change with what is in them.
    if (path.starts_with("/assets/")) {
      answer.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
    }
    return answer;
  }
  if (PageAssets().empty() && path == "/index.html") {
    return Document("text/html; charset=utf-8", kNoPage);
  }
  return ApiError(404, "there is no such file here: the page is at /, the API below /api/v1/");
}

ApiAnswer AnswerOpenApi() {
  ApiAnswer answer;
  answer.body = kOpenApiDocument;
  return answer;
}

}  // namespace cellar
