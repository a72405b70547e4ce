// The two ways a message becomes a WebSocket frame and back. Pure. Everything that comes from the
// network is checked; nothing here throws on bad bytes.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "runner/gateway/message.h"

namespace cellar {

enum class Framing {
  kDefault,  // text JSON; binary with big-endian u32 offsets when there are buffers
  kV1,       // v1.kernel.websocket.jupyter.org: binary, little-endian u64 offsets
};

struct FrameFault {
  std::string what;  // "offset 3 points behind the frame (912 of 640 bytes)"
};

/// `is_text`: the WebSocket opcode. Invalid UTF-8 in JSON is repaired with U+FFFD; JSON nested
/// deeper than 500 levels is a fault.
std::variant<KernelMessage, FrameFault> DecodeFrame(std::string_view frame, bool is_text,
                                                    Framing framing);

/// One frame; `session` is our WebSocket session_id. Sent as text in kDefault, as binary in kV1.
std::string EncodeFrame(const KernelRequest& request, const std::string& session, Framing framing);

}  // namespace cellar
