// A Jupyter message as this program sees it, on whichever framing it travelled.
// Source: Jupyter messaging protocol 5.3; the WebSocket's `channel` beside it.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace cellar {

enum class Channel { kShell, kIopub, kStdin, kControl };

struct KernelMessage {
  Channel channel = Channel::kIopub;
  std::string type;            // header.msg_type
  std::string id;              // header.msg_id
  std::string session;         // header.session: of the kernel process, for ipykernel
  std::string parent_id;       // parent_header.msg_id; empty: none
  std::string parent_session;  // parent_header.session
  std::string parent_type;     // parent_header.msg_type
  nlohmann::json content;      // an object
  nlohmann::json metadata;     // an object
  // The gateway made it: no `buffers` key in the default framing; in the v1 framing, where only
  // KernelConnection can tell, an id that begins with our session_id.
  bool made_by_server = false;
  std::size_t size = 0;  // bytes of the frame
};

/// What this program sends: execute_request on shell, kernel_info_request on shell or control.
struct KernelRequest {
  Channel channel = Channel::kShell;
  std::string type;
  std::string id;  // msg_id
  nlohmann::json content = nlohmann::json::object();
};

/// 32 hexadecimal digits from the operating system's random source: a msg_id, a session_id.
std::string NewId();

}  // namespace cellar
