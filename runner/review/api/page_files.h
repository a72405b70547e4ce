// The files of the page, and the document that describes the API.
#pragma once

#include <string>
#include <string_view>

#include "runner/review/api/api.h"

namespace cellar {

/// "/" is the page; where the program was built without it, a page that says so.
ApiAnswer AnswerFile(std::string_view path);

ApiAnswer AnswerOpenApi();

}  // namespace cellar
