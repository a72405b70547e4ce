// Where text goes piece by piece, so that a report needs no more memory than its largest piece.
#pragma once

#include <functional>
#include <string_view>

namespace cellar {

using TextSink = std::function<void(std::string_view)>;

}  // namespace cellar
