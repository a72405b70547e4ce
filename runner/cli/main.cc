#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "jobs/error.h"
#include "runner/cli/output.h"
#include "runner/cli/program.h"
#include "runner/exit_code.h"
#include "runner/review/terminal_text.h"

namespace {

/// Says what went wrong, after what was answered until then.
int ReportFailure(const std::string& message, int exit_code, cellar::Output& out,
                  cellar::Output& err) {
  try {
    out.Finish();
  } catch (const cellar::Error&) {
  }
  err.Write("cellar: " + cellar::PlainLine(message) + "\n");
  err.Flush();
  return exit_code;
}

/// Nothing that is opened later gets the number of one that is closed, and with it what we say.
/// Writing there fails as before.
void HoldStandardDescriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) == -1) open("/dev/null", O_RDONLY);  // the lowest that is free
  }
}

}  // namespace

int main(int argc, char** argv) {
  HoldStandardDescriptors();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that left is an EPIPE, which Output handles
  cellar::Output out(STDOUT_FILENO, "standard output");
  // No run ends, and none is done twice, because nobody reads how it goes.
  cellar::Output err(STDERR_FILENO, "standard error", cellar::Output::Failures::kIgnored);
  try {
    const int exit_code = cellar::RunProgram({argv + 1, argv + argc}, out, err);
    out.Finish();
    err.Flush();
    return exit_code;
  } catch (const cellar::Error& error) {
    const int exit_code = cellar::ExitCodeOf(error.kind());
    if (error.kind() == cellar::ErrorKind::kOutputClosed) return exit_code;
    return ReportFailure(error.what(), exit_code, out, err);
  } catch (const std::exception& fault) {  // ours to mend: sysexits' EX_SOFTWARE
    return ReportFailure(std::string("internal fault, please report it: ") + fault.what(), 70, out,
                         err);
  }
}
