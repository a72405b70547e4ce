// An answer that is written in one go and sent in pieces. What is long waits in a file without a
// name, so that no answer takes more memory than a piece, however large.
#pragma once

#include <functional>
#include <string>

#include "runner/review/api/api.h"
#include "runner/review/text_sink.h"

namespace cellar {

/// `write` is called once, at once. Throws what it throws, and Error (kStore) where the file cannot
/// be made or is full.
ApiAnswer SpooledAnswer(std::string content_type,
                        const std::function<void(const TextSink& sink)>& write);

}  // namespace cellar
