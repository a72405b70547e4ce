// What a test may choose about the fake gateway, and what it reads back from it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cellar {

class FakeCell;

/// Plays one cell: runs on the fake kernel's own thread, so it may block in FakeCell's waits.
using CellScript = std::function<void(FakeCell&)>;

struct FakeGatewayOptions {
  std::string token = "fake-token";
  std::string base_path = "/";           // "/user/ada/"
  bool accepts_v1 = true;                // take v1.kernel.websocket.jupyter.org when offered
  bool has_sessions = true;              // false: /api/sessions is 404
  bool lists_kernels = true;             // false: GET /api/kernels is 403, as on Kernel Gateway
  int bad_token_status = 403;            // 401 on Kernel Gateway, which asks it of /api too
  int clock_offset_seconds = 0;          // of the Date header, against the true time
  bool buffers_offline_messages = true;  // MappingKernelManager.buffer_offline_messages
  std::vector<std::string> kernelspecs = {"python3", "ir"};  // the first is the default
};

/// Given instead of what the route would do. `times` 0: always.
struct CannedAnswer {
  int status = 500;
  std::string body = R"({"message": "Internal Server Error", "reason": null})";
  std::string content_type = "application/json";
  std::map<std::string, std::string> headers = {};
  int times = 0;
};

/// A page as a proxy or a login form sends it.
CannedAnswer HtmlAnswer(int status, const std::string& title, int times = 0);
/// `{"message": …, "reason": null}`, as tornado's handlers do.
CannedAnswer JsonAnswer(int status, const std::string& message, int times = 0);

struct RecordedRequest {
  std::string method;
  std::string path;   // below the base path, without the query: "/api/kernels/…/interrupt"
  std::string route;  // method and path with ids replaced: "POST /api/kernels/{id}/interrupt"
  std::string query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// An execute_request as it came in, whether or not it was ever run.
struct RecordedCell {
  std::string kernel_id;
  std::string request_id;  // header.msg_id
  std::string session_id;  // of the WebSocket
  std::string code;
};

}  // namespace cellar
