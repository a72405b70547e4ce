// The gateways, and kernels of ours.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "runner/review/api/endpoints.h"
#include "runner/review/times.h"
#include "store/history.h"
#include "store/kernels.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

/// Without user and token.
std::string ShownUrl(const std::string& url) {
  GatewayAddress address;
  address.url = url;
  return address.Label();
}

Json GatewayToJson(const ApiContext& context, const std::string& name, const GatewayConfig& gateway,
                   const std::vector<OwnedKernel>& kernels) {
  const auto is_here = [&](const OwnedKernel& owned) { return owned.kernel.gateway == name; };
  const std::string& preferred = context.config->default_gateway;
  const auto [state, note] = context.gateway_state
                                 ? context.gateway_state(name)
                                 : std::pair<std::string, std::string>("unknown", "");
  return {{"name", name},
          {"url", ShownUrl(gateway.url)},
          {"labels", gateway.labels},
          {"max_kernels", gateway.max_kernels ? Json(*gateway.max_kernels) : Json(nullptr)},
          {"kernels", std::count_if(kernels.begin(), kernels.end(), is_here)},
          {"is_default", name == (preferred.empty() ? kEmbeddedName : preferred)},
          {"state", state},
          {"note", note}};
}

/// Its address is known while a worker has kernels there.
GatewayConfig EmbeddedGatewayOf(const std::vector<OwnedKernel>& kernels) {
  GatewayConfig embedded;
  for (const OwnedKernel& owned : kernels) {
    if (owned.kernel.gateway == kEmbeddedName && owned.kernel.is_owned) {
      embedded.url = owned.kernel.url;
    }
  }
  return embedded;
}

Json KernelToJson(const Store& store, const KernelRecord& kernel) {
  const auto run = kernel.run ? FindRun(store, *kernel.run) : std::nullopt;
  return {{"gateway", kernel.gateway},
          {"kernelspec", kernel.kernelspec},
          {"kernel_id", kernel.kernel_id},
          {"state", ToWord(kernel.state)},
          {"run", run ? Json(run->id.value) : Json(nullptr)},
          {"job", run ? Json(run->job) : Json(nullptr)},
          {"in_use", kernel.is_in_use},
          {"owned", kernel.is_owned},
          {"created_at", FormatUtc(kernel.created_at)}};
}

}  // namespace

ApiAnswer AnswerGateways(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  const std::vector<OwnedKernel> kernels = FindOwnedKernels(*context.store);
  Json gateways = Json::array();
  for (const auto& [name, gateway] : context.config->gateways) {
    gateways.push_back(GatewayToJson(context, name, gateway, kernels));
  }
  gateways.push_back(GatewayToJson(context, kEmbeddedName, EmbeddedGatewayOf(kernels), kernels));
  Json list = Json::array();
  for (const OwnedKernel& owned : kernels) {
    list.push_back(KernelToJson(*context.store, owned.kernel));
  }
  return JsonAnswer(
      {{"schema_version", 1}, {"gateways", std::move(gateways)}, {"kernels", std::move(list)}});
}

}  // namespace cellar
