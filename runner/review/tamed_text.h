// What differs between any two runs of the same code, taken out of a text: addresses, the process's
// number, dates, times and how long things took. Pure.
#pragma once

#include <string>
#include <string_view>

namespace cellar {

/// `text` with words of ours in their place: "<address>" for 0x and 8 to 16 hexadecimal digits;
/// "<date>" for 2026-11-23, with a time behind it or not, and for "Mon Nov 23 02:00:00 2026";
/// "<time>" for 02:00:00, and for 00:03 as progress bars write it; "<duration>" for a number with a
/// unit of time; "<pid>" for that of "ipykernel_4711". Everything else stays.
std::string TamedText(std::string_view text);

}  // namespace cellar
