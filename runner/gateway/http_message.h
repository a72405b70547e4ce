// One HTTP request to a gateway and its answer, as plain values.
#pragma once

#include <chrono>
#include <string>

namespace cellar {

struct HttpRequest {
  std::string method;              // GET, POST, DELETE
  std::string path;                // below the gateway's base path: "/api/kernels"
  std::string body;                // JSON, or empty
  std::chrono::seconds limit{42};  // for the answer: KERNEL_LAUNCH_TIMEOUT + 2, as GatewayClient
};

struct HttpAnswer {
  int status = 0;
  std::string reason;  // "Forbidden"
  std::string body;
  std::string content_type;
  std::string location;
  std::string server;
  std::string date;
  std::string retry_after;

  bool ok() const { return status >= 200 && status < 300; }
};

}  // namespace cellar
