// Parameter values as literals of the kernels' languages, quoted so that every text arrives as it
// is. Values are sound (FaultOf); texts are UTF-8. A value that a language cannot hold is an Error
// (kUsage) that says why.
#pragma once

#include <string>
#include <string_view>

#include "jobs/job.h"

namespace cellar {

std::string PythonLiteral(const Value& value);

/// Lists of one kind become vectors, others lists. Texts are ASCII: R reads its code in the
/// locale's encoding, which cron leaves at "C". No NUL, no integers beyond 2^53.
std::string RLiteral(const Value& value);

std::string JuliaLiteral(const Value& value);

/// Lists of numbers become row vectors, others cells; tables structs, or containers.Map where a key
/// is no field's name.
std::string OctaveLiteral(const Value& value);

/// Integers beyond 2^53 become BigInt.
std::string JavascriptLiteral(const Value& value);

/// The right side of an assignment: a word, or words in `(…)`. Lists and tables within lists and
/// tables are JSON. No NUL, no empty key.
std::string BashLiteral(const Value& value);

/// For each byte of `text`: a backslash before those in `backslashed`, \n \r \t, and other control
/// characters by `control`, a format of fmt for their number.
std::string Escaped(std::string_view text, std::string_view backslashed, std::string_view control);

/// The shortest decimals that read back as `number`, always with a point or an exponent.
std::string DecimalFloat(double number);

}  // namespace cellar
