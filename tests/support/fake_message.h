// A Jupyter message as a gateway writes it, and the frames of both framings. Written apart from
// runner/gateway/framing on purpose: one mistake must not hide the other.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellar {

/// A frame that is not what it says. In the default framing only binary frames have offsets, so
/// there a lie about them makes the frame binary.
enum class FrameLie {
  kNone,
  kOffsetPastEnd,
  kOffsetsDescend,
  kTooManyOffsets,  // the count says more offsets than the frame holds
  kCutShort,        // ends in the middle of the content
  kNotJson,
};

struct FakeMessage {
  std::string channel = "iopub";
  std::string type;
  nlohmann::json content = nlohmann::json::object();
  nlohmann::json metadata = nlohmann::json::object();
  std::vector<std::string> buffers = {};
  std::optional<nlohmann::json> parent = {};  // a header; none: the running cell's request, or {}
  bool made_by_server = false;                // no `buffers` key, and the server's own session
  FrameLie lie = FrameLie::kNone;
  nlohmann::json header = {};  // filled in when it is sent
};

struct FakeFrame {
  std::string bytes;
  bool is_text = false;
  bool is_last = true;  // of its message's frames
};

/// A request as it came from a client.
struct FakeRequest {
  std::string channel;
  nlohmann::json header;
  nlohmann::json content;
  std::string session_id;  // of the WebSocket it came on

  std::string type() const { return header.value("msg_type", ""); }
  std::string id() const { return header.value("msg_id", ""); }
};

FakeFrame EncodeFakeFrame(const FakeMessage& message, bool v1);

/// nullopt: jupyter_server would drop the TCP connection over it (bad JSON, or without metadata or
/// parent_header).
std::optional<FakeRequest> DecodeFakeRequest(std::string_view frame, bool is_text, bool v1);

/// A message header with a fresh msg_id and the present time.
nlohmann::json MakeFakeHeader(const std::string& type, const std::string& session);

/// A random version 4 UUID.
std::string MakeUuid();

/// The present time as Jupyter writes it: 2026-11-23T02:07:02.553071Z.
std::string JupyterTime();

}  // namespace cellar
