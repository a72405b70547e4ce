#include "tests/support/fake_message.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <random>

namespace cellar {
namespace {

using nlohmann::json;

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void AppendInteger(std::string& out, std::uint64_t value, int bytes, bool big_endian) {
  for (int i = 0; i < bytes; ++i) {
    const int shift = 8 * (big_endian ? bytes - 1 - i : i);
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

std::uint64_t ReadInteger(std::string_view in, std::size_t at, int bytes, bool big_endian) {
  if (at + bytes > in.size()) return in.size() + 1;
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    const int shift = 8 * (big_endian ? bytes - 1 - i : i);
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(in[at + i])) << shift;
  }
  return value;
}

void LieAboutOffsets(std::vector<std::uint64_t>& offsets, FrameLie lie) {
  if (lie == FrameLie::kOffsetPastEnd) offsets.back() += 1'000'000;
  if (lie == FrameLie::kOffsetsDescend) std::swap(offsets[0], offsets[1]);
}

// Both framings are a count, that many offsets from the frame's start, and the segments; v1 has one
// more offset, for the end.
std::string JoinSegments(std::vector<std::string> segments, bool v1, FrameLie lie) {
  if (lie == FrameLie::kNotJson) segments[v1 ? 1 : 0] = "{\"header\": nonsense";
  const int width = v1 ? 8 : 4;
  const std::size_t count = segments.size() + (v1 ? 1 : 0);
  std::vector<std::uint64_t> offsets = {width * (1 + count)};
  for (const auto& segment : segments) offsets.push_back(offsets.back() + segment.size());
  offsets.resize(count);
  LieAboutOffsets(offsets, lie);
  std::string frame;
  AppendInteger(frame, lie == FrameLie::kTooManyOffsets ? 1'000'000'000 : count, width, !v1);
  for (const auto offset : offsets) AppendInteger(frame, offset, width, !v1);
  for (const auto& segment : segments) frame += segment;
  if (lie == FrameLie::kCutShort) frame.resize(frame.size() / 2);
  return frame;
}

std::vector<std::string> SplitSegments(std::string_view frame, bool v1) {
  const int width = v1 ? 8 : 4;
  const std::uint64_t count = ReadInteger(frame, 0, width, !v1);
  if (count > frame.size() / width) return {};
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t i = 0; i < count; ++i) {
    offsets.push_back(ReadInteger(frame, width * (i + 1), width, !v1));
  }
  if (!v1) offsets.push_back(frame.size());
  std::vector<std::string> segments;
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    if (offsets[i] > offsets[i + 1] || offsets[i + 1] > frame.size()) return {};
    segments.emplace_back(frame.substr(offsets[i], offsets[i + 1] - offsets[i]));
  }
  return segments;
}

json ParseOrNull(std::string_view text) { return json::parse(text, nullptr, false); }

std::optional<FakeRequest> DecodeV1(std::string_view frame) {
  const auto segments = SplitSegments(frame, true);
  if (segments.size() < 5) return std::nullopt;
  FakeRequest request{segments[0], ParseOrNull(segments[1]), ParseOrNull(segments[4]), {}};
  if (!request.header.is_object() || !request.content.is_object()) return std::nullopt;
  return request;
}

}  // namespace

FakeFrame EncodeFakeFrame(const FakeMessage& message, bool v1) {
  const json parent = message.parent.value_or(json::object());
  if (v1) {
    std::vector<std::string> segments = {message.channel, Dump(message.header), Dump(parent),
                                         Dump(message.metadata), Dump(message.content)};
    segments.insert(segments.end(), message.buffers.begin(), message.buffers.end());
    return {JoinSegments(std::move(segments), true, message.lie), false};
  }
  json whole = {{"header", message.header},     {"msg_id", message.header.value("msg_id", "")},
                {"msg_type", message.type},     {"parent_header", parent},
                {"metadata", message.metadata}, {"content", message.content},
                {"channel", message.channel}};
  if (message.buffers.empty() && message.lie == FrameLie::kNone) {
    if (!message.made_by_server) whole["buffers"] = json::array();
    return {Dump(whole), true};
  }
  std::vector<std::string> segments = {Dump(whole)};
  segments.insert(segments.end(), message.buffers.begin(), message.buffers.end());
  if (message.buffers.empty()) segments.emplace_back("buffer");
  return {JoinSegments(std::move(segments), false, message.lie), false};
}

std::optional<FakeRequest> DecodeFakeRequest(std::string_view frame, bool is_text, bool v1) {
  if (v1) return DecodeV1(frame);
  json whole;
  if (is_text) {
    whole = ParseOrNull(frame);
  } else {
    const auto segments = SplitSegments(frame, false);
    if (!segments.empty()) whole = ParseOrNull(segments[0]);
  }
  if (!whole.is_object() || !whole.contains("metadata") || !whole.contains("parent_header")) {
    return std::nullopt;
  }
  return FakeRequest{whole.value("channel", "shell"),
                     whole.value("header", json::object()),
                     whole.value("content", json::object()),
                     {}};
}

json MakeFakeHeader(const std::string& type, const std::string& session) {
  static std::atomic<int> made{0};
  return {{"msg_id", fmt::format("{}_{}", session, ++made)},
          {"msg_type", type},
          {"username", "username"},
          {"session", session},
          {"date", JupyterTime()},
          {"version", "5.3"}};
}

std::string MakeUuid() {
  static std::atomic<std::uint64_t> made{std::random_device{}()};
  const std::uint64_t number = ++made;
  std::mt19937_64 random(number);
  const std::uint64_t a = random(), b = random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xfff,
                     b >> 52, b & 0xffffffffffff);
}

std::string JupyterTime() {
  const auto now = std::chrono::system_clock::now();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     micros.count() % 1'000'000);
}

}  // namespace cellar
