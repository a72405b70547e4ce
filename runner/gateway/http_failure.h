// What an answer that is not the one asked for means: told apart by status *and* body, since
// gateways answer 403 for a wrong token and for a full house alike. Pure.
// Source: jupyter_server 1.23.3, kernel_gateway 2.5 and 3.0, enterprise_gateway 3.2, JupyterHub.
#pragma once

#include <string>
#include <vector>

#include "jobs/error.h"
#include "runner/gateway/address.h"
#include "runner/gateway/http_message.h"

namespace cellar {

/// `gateway lab (https://lab.example/base): POST /api/kernels: ` and `what`, without the token.
std::string GatewayMessage(const GatewayAddress& address, const HttpRequest& request,
                           const std::string& what);

/// For a status that is not 2xx, and for a 2xx whose body is not the JSON asked for.
Error HttpFailure(const GatewayAddress& address, const HttpRequest& request,
                  const HttpAnswer& answer);

/// 404 by the gateway itself, not by a page of somebody before it: what the path names is gone.
bool SaysGone(const HttpAnswer& answer);

/// The answer to a kernel's start says that there is no such kernelspec.
bool SaysNoSuchKernelspec(const HttpAnswer& answer);

/// kKernelUnavailable, with the names of the kernelspecs there are.
Error NoSuchKernelspec(const GatewayAddress& address, const HttpRequest& request,
                       const std::string& wanted, const std::vector<std::string>& names);

}  // namespace cellar
