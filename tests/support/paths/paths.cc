#include "tests/support/paths.h"

namespace cellar {

const std::string kSourceDir = CELLAR_SOURCE_DIR;
const std::string kProgram = CELLAR_PROGRAM;

}  // namespace cellar
