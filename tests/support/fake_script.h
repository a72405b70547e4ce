// The language in which a test writes cells for the fake kernel, one command a line. It is what a
// cell does unless the test gave a script of its own. Blank lines, comments and `name = value` do
// nothing; any other line raises SyntaxError, as a kernel does.
//
//   print TEXT         stdout, with a newline
//   warn TEXT          stderr, with a newline
//   ticks N            N messages "tick 1", "tick 2"… on stdout
//   result TEXT        execute_result
//   display [ID=]TEXT  display_data
//   update ID=TEXT     update_display_data
//   blob N             display_data of N bytes
//   clear [wait]       clear_output
//   raise NAME TEXT    the error output and the reply; the cell ends here
//   stubborn           interrupts are ignored from here on
//   hang               until it is interrupted, or its process ends
//   wait GATE          until FakeGateway::Open(GATE)
//   late TEXT          on stdout, after reply and idle
//   idle               now: before the reply
//   lose reply|idle    neither then, nor at the end
//   rate limit         the warning that the server makes
//   cut, reset, stall  the network, here
//   die [for good]     the process; the server restarts it, or not
//   exit               a reply that asks to leave, then the same
#pragma once

#include "tests/support/fake_cell.h"

namespace cellar {

void PlayFakeScript(FakeCell& cell);

}  // namespace cellar
