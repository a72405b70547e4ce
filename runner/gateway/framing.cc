#include "runner/gateway/framing.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "runner/gateway/message_json.h"

namespace cellar {

using nlohmann::json;

namespace {

using Decoded = std::variant<KernelMessage, FrameFault>;
using Segments = std::vector<std::string_view>;

std::string_view WordOf(Channel channel) {
  switch (channel) {
    case Channel::kShell:
      return "shell";
    case Channel::kIopub:
      return "iopub";
    case Channel::kStdin:
      return "stdin";
    case Channel::kControl:
      return "control";
  }
  return "shell";
}

std::optional<Channel> ChannelOf(std::string_view word) {
  for (const Channel channel :
       {Channel::kShell, Channel::kIopub, Channel::kStdin, Channel::kControl}) {
    if (word == WordOf(channel)) return channel;
  }
  return std::nullopt;
}

std::string ShownProtocol(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 40)) shown += c >= ' ' && c < '\x7f' ? c : '?';
  return shown;
}

std::string TextAt(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

json Taken(json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? json() : std::move(*found);
}

struct Parts {
  std::string_view channel;
  json header;
  json parent_header;
  json metadata;
  json content;
  bool made_by_server = false;
};

Decoded ToMessage(Parts parts) {
  KernelMessage message;
  const auto channel = ChannelOf(parts.channel);
  if (!channel)
    return FrameFault{fmt::format("unknown channel `{}`", ShownProtocol(parts.channel))};
  message.channel = *channel;
  message.type = TextAt(parts.header, "msg_type");
  if (message.type.empty()) return FrameFault{"the header has no msg_type"};
  message.id = TextAt(parts.header, "msg_id");
  message.session = TextAt(parts.header, "session");
  message.parent_id = TextAt(parts.parent_header, "msg_id");
  message.parent_session = TextAt(parts.parent_header, "session");
  message.parent_type = TextAt(parts.parent_header, "msg_type");
  if (!parts.content.is_object()) {
    return FrameFault{fmt::format("the content of `{}` is no object", ShownProtocol(message.type))};
  }
  message.content = std::move(parts.content);
  message.made_by_server = parts.made_by_server;
  message.metadata = parts.metadata.is_object() ? std::move(parts.metadata) : json(json::object());
  return message;
}

Decoded DecodeJson(std::string_view text) {
  json whole;
  std::string fault;
  if (!ReadMessageJson(text, whole, fault)) return FrameFault{"the message: " + fault};
  if (!whole.is_object()) return FrameFault{"the message is no JSON object"};
  const std::string channel = TextAt(whole, "channel");
  if (channel.empty()) return FrameFault{"the message has no channel"};
  Parts parts;
  parts.channel = channel;
  parts.header = Taken(whole, "header");
  parts.parent_header = Taken(whole, "parent_header");
  parts.metadata = Taken(whole, "metadata");
  parts.content = Taken(whole, "content");
  // What a kernel sent carries its list of buffers, mostly empty.
  parts.made_by_server = !whole.contains("buffers");
  return ToMessage(std::move(parts));
}

enum class Order { kBigEndian, kLittleEndian };

std::uint64_t NumberAt(std::string_view frame, std::size_t at, std::size_t width, Order order) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t from = order == Order::kBigEndian ? at + i : at + width - 1 - i;
    number = number << 8 | static_cast<unsigned char>(frame[from]);
  }
  return number;
}

// A count and that many offsets from the frame's start, each `width` bytes; segments lie between
// them. Returns what is wrong with them, or empty.
std::string SplitAtOffsets(std::string_view frame, std::size_t width, Order order,
                           Segments& segments) {
  if (frame.size() < width) return fmt::format("a frame of {} bytes", frame.size());
  const std::uint64_t count = NumberAt(frame, 0, width, order);
  if (count == 0) return "no offsets";
  if (count > frame.size() / width - 1) {
    return fmt::format("{} offsets do not fit into {} bytes", count, frame.size());
  }
  std::uint64_t before = width * (count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t offset = NumberAt(frame, width * (i + 1), width, order);
    if (offset > frame.size()) {
      return fmt::format("offset {} points behind the frame ({} of {} bytes)", i, offset,
                         frame.size());
    }
    if (offset < before) {
      return fmt::format("offset {} points before byte {} ({})", i, before, offset);
    }
    if (i > 0) segments.push_back(frame.substr(before, offset - before));
    before = offset;
  }
  segments.push_back(frame.substr(before));
  return "";
}

Decoded DecodeV1(std::string_view frame) {
  Segments segments;
  const std::string fault = SplitAtOffsets(frame, 8, Order::kLittleEndian, segments);
  if (!fault.empty()) return FrameFault{fault};
  // The last offset is the frame's end, so the last segment is empty.
  if (segments.size() < 6) {
    return FrameFault{fmt::format("{} segments; a message has at least 5", segments.size() - 1)};
  }
  Parts parts;
  parts.channel = segments[0];
  const std::pair<const char*, json*> wanted[] = {{"header", &parts.header},
                                                  {"parent_header", &parts.parent_header},
                                                  {"metadata", &parts.metadata},
                                                  {"content", &parts.content}};
  for (std::size_t i = 0; i < std::size(wanted); ++i) {
    std::string reason;
    if (!ReadMessageJson(segments[i + 1], *wanted[i].second, reason)) {
      return FrameFault{fmt::format("the {}: {}", wanted[i].first, reason)};
    }
  }
  return ToMessage(std::move(parts));
}

Decoded DecodeDefaultBinary(std::string_view frame) {
  Segments segments;
  const std::string fault = SplitAtOffsets(frame, 4, Order::kBigEndian, segments);
  if (!fault.empty()) return FrameFault{fault};
  auto decoded = DecodeJson(segments[0]);
  if (auto* message = std::get_if<KernelMessage>(&decoded)) message->made_by_server = false;
  return decoded;
}

std::string IsoNow() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
  std::tm utc = {};
  ::gmtime_r(&time, &utc);
  char text[32];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  return fmt::format("{}.{:03}Z", std::string_view(text, size), (now - seconds).count());
}

json HeaderOf(const KernelRequest& request, const std::string& session) {
  return {{"msg_id", request.id},     {"session", session}, {"username", "cellar"},
          {"msg_type", request.type}, {"version", "5.3"},   {"date", IsoNow()}};
}

std::string Dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void AppendNumber(std::string& frame, std::uint64_t number) {
  for (int i = 0; i < 8; ++i) frame += static_cast<char>(number >> (8 * i) & 0xff);
}

std::string EncodeV1(const KernelRequest& request, const std::string& session) {
  const std::string parts[] = {std::string(WordOf(request.channel)),
                               Dumped(HeaderOf(request, session)), "{}", "{}",
                               Dumped(request.content)};
  std::string frame;
  const std::size_t count = std::size(parts) + 1;
  AppendNumber(frame, count);
  std::uint64_t offset = 8 * (count + 1);
  AppendNumber(frame, offset);
  for (const std::string& part : parts) AppendNumber(frame, offset += part.size());
  for (const std::string& part : parts) frame += part;
  return frame;
}

}  // namespace

std::variant<KernelMessage, FrameFault> DecodeFrame(std::string_view frame, bool is_text,
                                                    Framing framing) {
  Decoded decoded;
  // JSON in a binary frame: jupyter_server as a gateway's client sends such (ipywidgets#3798).
  if (is_text || frame.starts_with('{')) {
    decoded = DecodeJson(frame);
  } else {
    decoded = framing == Framing::kV1 ? DecodeV1(frame) : DecodeDefaultBinary(frame);
  }
  if (auto* message = std::get_if<KernelMessage>(&decoded)) message->size = frame.size();
  return decoded;
}

std::string EncodeFrame(const KernelRequest& request, const std::string& session, Framing framing) {
  if (framing == Framing::kV1) return EncodeV1(request, session);
  const json message = {{"header", HeaderOf(request, session)}, {"parent_header", json::object()},
                        {"metadata", json::object()},           {"content", request.content},
                        {"channel", WordOf(request.channel)},   {"buffers", json::array()}};
  return Dumped(message);
}

}  // namespace cellar
