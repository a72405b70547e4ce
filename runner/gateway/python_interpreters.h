// Which Pythons may have jupyter_server: plain `python3` often has not, where pyenv or conda is
// first on PATH.
#pragma once

#include <string>
#include <vector>

namespace cellar {

/// The interpreters of every `jupyter-server` on `path` (colons between folders), in its order,
/// then Debian's, then the first `python3` on `path`. Each once; only such as can be run.
std::vector<std::string> JupyterInterpreters(const std::string& path);

}  // namespace cellar
