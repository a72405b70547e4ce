// The front end as files of the program: what Vite made of runner/review/web/. CMake writes their
// definition; without npm there are none, and the page says so.
#pragma once

#include <span>
#include <string_view>

namespace cellar {

struct PageAsset {
  std::string_view path;          // "/index.html", "/assets/index-3f2a.js"
  std::string_view content_type;  // "text/html; charset=utf-8"
  std::string_view bytes;
};

std::span<const PageAsset> PageAssets();

}  // namespace cellar
