#include "runner/cli/gateway_choice.h"

#include <fmt/format.h>

#include <string>

#include "runner/review/terminal_text.h"

namespace cellar {

void ChooseGateway(Invocation& invocation, LoadedJob* loaded) {
  const Config& config = invocation.config;
  Job& job = loaded->job;
  if (!config.gateway_override.empty()) job.gateway = config.gateway_override;
  const bool is_known = job.gateway.empty() || job.gateway == kEmbeddedName ||
                        job.gateway.find("://") != std::string::npos ||
                        config.gateways.contains(job.gateway);
  if (is_known || invocation.quiet) return;
  invocation.err.Write(PlainLine(fmt::format("{}: gateway {} is not configured here: the run waits "
                                             "for a worker that knows it",
                                             loaded->path, job.gateway)) +
                       "\n");
}

}  // namespace cellar
