// A token that somebody chose, as a way in beside the session.
#pragma once

#include <string>

namespace cellar {

/// Without white space around it. Throws Error (kUsage), which names --token-file, where it cannot
/// be read, others may read it, or it holds no token of at least 32 characters.
std::string ReadTokenFile(const std::string& file);

}  // namespace cellar
