// Any cron expression that is sound, all of the syntax used.
#pragma once

#include <random>
#include <string>

namespace cellar {

/// Five fields; a step is at most its field's size. Some never come, as 30 February.
std::string AnyCron(std::mt19937* random);

}  // namespace cellar
