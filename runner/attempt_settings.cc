#include "runner/attempt_settings.h"

#include <filesystem>

#include "jobs/error.h"
#include "runner/kernelspec_choice.h"

namespace cellar {
namespace {

/// Below "/", the embedded gateway's root.
std::string FolderOnThisMachine(const std::string& job_file, const std::string& working_dir) {
  const auto base = std::filesystem::path(job_file).parent_path();
  std::string folder = (base / working_dir).lexically_normal().relative_path().string();
  while (!folder.empty() && folder.back() == '/') folder.pop_back();
  return folder;
}

}  // namespace

AttemptSettings SettingsFor(const KernelPlace& place, const Job& job, const std::string& job_file,
                            const Config& config) {
  AttemptSettings settings;
  settings.gateway_name = place.name();
  settings.working_dir =
      place.is_embedded() ? FolderOnThisMachine(job_file, job.working_dir) : job.working_dir;
  settings.output_limit = config.output_per_cell;
  return settings;
}

boost::asio::awaitable<std::string> ChooseKernelspec(Gateway& gateway, Job job) {
  if (!job.kernel.empty() || job.language.empty() || job.language == "python") co_return job.kernel;
  const Kernelspecs specs = co_await gateway.ListKernelspecs();
  if (const auto kernelspec = KernelspecFor(specs, "", job.language)) co_return *kernelspec;
  throw Error(ErrorKind::kKernelUnavailable, "gateway " + gateway.address().Label() +
                                                 ": no kernel for the language '" + job.language +
                                                 "'; name one with --kernel");
}

}  // namespace cellar
