// Where the tests find what was built and what they read. Absolute; compiled in once, so that the
// same test is the same object in every checkout.
#pragma once

#include <string>

namespace cellar {

extern const std::string kSourceDir;  // the checkout
extern const std::string kProgram;    // the cellar of this build

}  // namespace cellar
