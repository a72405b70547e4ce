#include "runner/gateway/framing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/fake_message.h"

namespace cellar {
namespace {

using namespace std::string_literals;

std::string_view ChannelWord(Channel channel) {
  constexpr std::string_view kWords[] = {"shell", "iopub", "stdin", "control"};
  return kWords[static_cast<int>(channel)];
}

std::string ShownFrame(const std::variant<KernelMessage, FrameFault>& decoded) {
  if (const auto* fault = std::get_if<FrameFault>(&decoded)) return "fault: " + fault->what;
  const auto& message = std::get<KernelMessage>(decoded);
  return fmt::format("{} {} {}/{} parent {} {}/{} {} {}{} {} bytes", ChannelWord(message.channel),
                     message.type, message.id, message.session, message.parent_type,
                     message.parent_id, message.parent_session, message.content.dump(),
                     message.metadata.dump(), message.made_by_server ? " by the server" : "",
                     message.size);
}

std::string Text(const std::string& frame) {
  return ShownFrame(DecodeFrame(frame, true, Framing::kDefault));
}
std::string Binary(const std::string& frame) {
  return ShownFrame(DecodeFrame(frame, false, Framing::kDefault));
}
std::string V1(const std::string& frame) {
  return ShownFrame(DecodeFrame(frame, false, Framing::kV1));
}

const std::string kHeader = R"({"msg_id":"m1","session":"k","msg_type":"stream"})";
const std::string kParent = R"({"msg_id":"r1","session":"s","msg_type":"execute_request"})";
const std::string kContent = R"({"name":"stdout","text":"hi"})";
const std::string kJson = R"({"header":)" + kHeader + R"(,"parent_header":)" + kParent +
                          R"(,"metadata":{"a":1},"content":)" + kContent + R"(,"channel":"iopub")";

TEST(FramingTest, ReadsTheDefaultTextFrame) {
  EXPECT_EQ(Text(kJson + R"(,"buffers":[]})"),
            R"(iopub stream m1/k parent execute_request r1/s {"name":"stdout","text":"hi"} )"
            R"({"a":1} 225 bytes)");
}

TEST(FramingTest, TakesAMessageWithoutBuffersForTheServersOwn) {
  EXPECT_EQ(Text(R"({"channel":"iopub","header":{"msg_type":"status"},"parent_header":{},)"
                 R"("metadata":{},"content":{"execution_state":"restarting"}})"),
            R"(iopub status / parent  / {"execution_state":"restarting"} {} by the server)"
            R"( 126 bytes)");
}

TEST(FramingTest, ReadsTheDefaultFrameWithBuffers) {
  // Two segments: offsets 12 and 12 + the JSON's length, big-endian.
  const std::string text = kJson + "}";
  std::string frame = "\0\0\0\2\0\0\0\14"s + "\0\0\0"s + static_cast<char>(12 + text.size());
  frame += text + "\x01\x02\x03";
  EXPECT_EQ(text.size(), 212u);
  EXPECT_EQ(Binary(frame),
            R"(iopub stream m1/k parent execute_request r1/s {"name":"stdout","text":"hi"} )"
            R"({"a":1} 227 bytes)");
}

TEST(FramingTest, ReadsJsonInABinaryFrame) {
  EXPECT_EQ(Binary(kJson + R"(,"buffers":[]})"), Text(kJson + R"(,"buffers":[]})"));
  EXPECT_EQ(V1(kJson + R"(,"buffers":[]})"), Text(kJson + R"(,"buffers":[]})"));
}

// As recorded from jupyter_server 1.23.3: six little-endian offsets behind their count.
TEST(FramingTest, ReadsTheV1Frame) {
  const std::string zeros(7, '\0');
  const std::string header = R"({"msg_id":"m","msg_type":"status"})";
  std::string frame;
  for (const char number : "\x06\x38\x3d\x5f\x61\x63\x7b"s) frame += number + zeros;
  frame += "iopub" + header + "{}" + "{}" + R"({"execution_state":"a"})";
  frame[6 * 8] = static_cast<char>(frame.size());
  EXPECT_EQ(V1(frame), R"(iopub status m/ parent  / {"execution_state":"a"} {} 122 bytes)");
}

TEST(FramingTest, ReadsV1BuffersAndLeavesThem) {
  FakeMessage message;
  message.type = "comm_msg";
  message.header = {{"msg_id", "m"}, {"session", "k"}, {"msg_type", "comm_msg"}};
  message.parent = nlohmann::json::object();
  message.content = {{"comm_id", "c"}};
  message.buffers = {"one", "", std::string(1000, '\0')};
  const FakeFrame frame = EncodeFakeFrame(message, true);
  EXPECT_EQ(V1(frame.bytes), fmt::format("iopub comm_msg m/k parent  / {{\"comm_id\":\"c\"}} {{}} "
                                         "{} bytes",
                                         frame.bytes.size()));
}

TEST(FramingTest, NamesWhatIsWrongWithAJsonFrame) {
  EXPECT_EQ(Text(""), "fault: the message: the JSON ends too early at byte 0");
  EXPECT_EQ(Text("[]"), "fault: the message is no JSON object");
  EXPECT_EQ(Text("{}"), "fault: the message has no channel");
  EXPECT_EQ(Text(R"({"channel":"heart\nbeat"})"), "fault: unknown channel `heart?beat`");
  EXPECT_EQ(Text(R"({"channel":"iopub"})"), "fault: the header has no msg_type");
  EXPECT_EQ(Text(R"({"channel":"iopub","header":[1]})"), "fault: the header has no msg_type");
  EXPECT_EQ(Text(R"({"channel":"iopub","header":{"msg_type":7}})"),
            "fault: the header has no msg_type");
  EXPECT_EQ(Text(R"({"channel":"iopub","header":{"msg_type":"status"},"content":[]})"),
            "fault: the content of `status` is no object");
  EXPECT_EQ(Text(R"({"channel":"iopub",)"),
            "fault: the message: no string where a key should be at byte 19");
  EXPECT_EQ(Text(std::string(100'000, '[')),
            "fault: the message: nested deeper than 500 levels at byte 500");
}

TEST(FramingTest, ChecksTheOffsetsOfADefaultFrame) {
  EXPECT_EQ(Binary(""), "fault: a frame of 0 bytes");
  EXPECT_EQ(Binary("\0\0"s), "fault: a frame of 2 bytes");
  EXPECT_EQ(Binary("\0\0\0\0"s), "fault: no offsets");
  EXPECT_EQ(Binary("\0\0\0\1"s), "fault: 1 offsets do not fit into 4 bytes");
  EXPECT_EQ(Binary("\xff\xff\xff\xff\0\0\0\0"s),
            "fault: 4294967295 offsets do not fit into 8 bytes");
  EXPECT_EQ(Binary("\0\0\0\1\0\0\0\7{}"s), "fault: offset 0 points before byte 8 (7)");
  EXPECT_EQ(Binary("\0\0\0\1\0\0\0\xff{}"s),
            "fault: offset 0 points behind the frame (255 of 10 bytes)");
  EXPECT_EQ(Binary("\0\0\0\2\0\0\0\16\0\0\0\14{}"s), "fault: offset 1 points before byte 14 (12)");
  EXPECT_EQ(Binary("\0\0\0\1\0\0\0\10nonsense"s), "fault: the message: no JSON value at byte 0");
}

std::string Lie(FrameLie lie) {
  FakeMessage message;
  message.type = "status";
  message.header = {{"msg_type", "status"}};
  message.parent = nlohmann::json::object();
  message.content = {{"execution_state", "idle"}};
  message.lie = lie;
  return V1(EncodeFakeFrame(message, true).bytes);
}

TEST(FramingTest, ChecksTheOffsetsOfAV1Frame) {
  EXPECT_EQ(Lie(FrameLie::kNone),
            R"(iopub status / parent  / {"execution_state":"idle"} {} 112 bytes)");
  EXPECT_EQ(Lie(FrameLie::kOffsetPastEnd),
            "fault: offset 5 points behind the frame (1000112 of 112 bytes)");
  EXPECT_EQ(Lie(FrameLie::kOffsetsDescend), "fault: offset 1 points before byte 61 (56)");
  EXPECT_EQ(Lie(FrameLie::kTooManyOffsets), "fault: 1000000000 offsets do not fit into 112 bytes");
  EXPECT_EQ(Lie(FrameLie::kCutShort), "fault: offset 1 points behind the frame (61 of 56 bytes)");
  EXPECT_EQ(Lie(FrameLie::kNotJson), "fault: the header: no JSON value at byte 11");
  EXPECT_EQ(V1("short"), "fault: a frame of 5 bytes");
  const std::string largest(8, '\xff');
  EXPECT_EQ(V1(largest + largest), "fault: 18446744073709551615 offsets do not fit into 16 bytes");
  const std::string zeros(7, '\0');
  EXPECT_EQ(V1("\1" + zeros + largest),
            "fault: offset 0 points behind the frame (18446744073709551615 of 16 bytes)");
  EXPECT_EQ(V1("\2" + zeros + "\x18" + zeros + "\x18" + zeros),
            "fault: 1 segments; a message has at least 5");
}

KernelRequest SomeRequest() {
  KernelRequest request;
  request.channel = Channel::kControl;
  request.type = "kernel_info_request";
  request.id = "m1";
  request.content = {{"text", "a\"\n\xc3\xa9\xff"}};
  return request;
}

std::string MaskDate(std::string text) {
  const auto at = text.find("\"date\":\"") + 8;
  const std::string date = text.substr(at, 24);
  EXPECT_TRUE(date[10] == 'T' && date[19] == '.' && date[23] == 'Z') << date;
  return text.replace(at, 24, "DATE");
}

TEST(FramingTest, WritesTheDefaultFrame) {
  EXPECT_EQ(MaskDate(EncodeFrame(SomeRequest(), "s1", Framing::kDefault)),
            R"({"buffers":[],"channel":"control","content":{"text":"a\"\n)"
            "\xc3\xa9\xef\xbf\xbd"
            R"("},"header":{"date":"DATE","msg_id":"m1","msg_type":"kernel_info_request",)"
            R"("session":"s1","username":"cellar","version":"5.3"},"metadata":{},)"
            R"("parent_header":{}})");
}

TEST(FramingTest, WritesV1FramesThatAServerReads) {
  const auto request =
      DecodeFakeRequest(EncodeFrame(SomeRequest(), "s1", Framing::kV1), false, true);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->channel, "control");
  EXPECT_EQ(MaskDate(request->header.dump()),
            R"({"date":"DATE","msg_id":"m1","msg_type":"kernel_info_request","session":"s1",)"
            R"("username":"cellar","version":"5.3"})");
  EXPECT_EQ(request->content.dump(), "{\"text\":\"a\\\"\\n\xc3\xa9\xef\xbf\xbd\"}");
}

RC_GTEST_PROP(FramingTest, MakesAMessageOrAFaultOfAnyBytes, (const std::string& bytes)) {
  DecodeFrame(bytes, true, Framing::kDefault);
  DecodeFrame(bytes, false, Framing::kDefault);
  DecodeFrame(bytes, false, Framing::kV1);
}

FakeMessage AnyMessage() {
  FakeMessage message;
  message.type = "stream";
  message.header = {{"msg_id", "m1"}, {"msg_type", "stream"}};
  message.parent = nlohmann::json::object();
  message.content = {{"text", *rc::gen::string<std::string>()}};
  message.buffers = *rc::gen::arbitrary<std::vector<std::string>>();
  return message;
}

RC_GTEST_PROP(FramingTest, MakesAMessageOrAFaultOfADamagedFrame, (bool v1)) {
  FakeFrame frame = EncodeFakeFrame(AnyMessage(), v1);
  const int damages = *rc::gen::inRange(1, 6);
  for (int i = 0; i < damages; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, frame.bytes.size());
    frame.bytes[at] = *rc::gen::arbitrary<char>();
  }
  frame.bytes.resize(*rc::gen::inRange<std::size_t>(0, frame.bytes.size() + 1));
  DecodeFrame(frame.bytes, frame.is_text, v1 ? Framing::kV1 : Framing::kDefault);
}

RC_GTEST_PROP(FramingTest, ReadsBackWhatAServerWrote, (bool v1)) {
  const FakeMessage message = AnyMessage();
  const FakeFrame frame = EncodeFakeFrame(message, v1);
  const auto decoded =
      DecodeFrame(frame.bytes, frame.is_text, v1 ? Framing::kV1 : Framing::kDefault);
  RC_ASSERT(std::holds_alternative<KernelMessage>(decoded));
  const auto& read = std::get<KernelMessage>(decoded);
  RC_ASSERT(read.type == "stream" && read.id == "m1" && !read.made_by_server);
  const std::string dumped =
      message.content.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  RC_ASSERT(read.content == nlohmann::json::parse(dumped));
}

}  // namespace
}  // namespace cellar
