#include "runner/leftover_kernels.h"

#include <map>
#include <optional>
#include <vector>

#include "jobs/error.h"
#include "runner/gateway/gateway.h"

namespace cellar {
using boost::asio::awaitable;

awaitable<void> EndKernel(Gateway& gateway, Store& store, KernelRecord kernel) {
  std::optional<StartedKernel> found;
  if (kernel.kernel_id.empty()) {
    found = co_await gateway.FindKernel(kernel.tag);
  } else {
    found.emplace();
    found->kernel_id = kernel.kernel_id;
    found->session_id = kernel.session_id;
  }
  if (found) co_await gateway.DeleteKernel(*found);
  store.RecordKernelGone(kernel.row);
}

awaitable<void> EndLeftoverKernels(boost::asio::any_io_executor executor, Store& store,
                                   const Config& config,
                                   std::function<void(const std::string& line)> note) {
  const std::vector<KernelRecord> kernels = store.LeftoverKernels();
  std::map<std::string, std::string> failed;  // gateway, and why: one line says so, not a hundred
  for (const KernelRecord& kernel : kernels) {
    if (failed.contains(kernel.gateway)) continue;
    if (kernel.gateway == kEmbeddedName) {  // ended with its gateway, which ended with its Cellar
      store.RecordKernelGone(kernel.row);
      continue;
    }
    try {
      Gateway gateway(executor, AddressOf(config, kernel.gateway));
      co_await EndKernel(gateway, store, kernel);
    } catch (const Error& error) {
      failed[kernel.gateway] = error.what();
    }
  }
  for (const auto& [gateway, why] : failed) {
    note("kernels that an earlier Cellar left could not be ended: " + why);
  }
}

}  // namespace cellar
