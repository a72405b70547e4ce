// How many columns of a terminal a character takes.
#pragma once

namespace cellar {

/// 0 for marks that stand on the character before, 2 for East Asian wide characters and emoji,
/// else 1. Source: Unicode 14, East_Asian_Width and General_Category.
int CharacterWidth(char32_t character);

}  // namespace cellar
