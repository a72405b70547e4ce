// The WebSocket to a kernel, against the fake gateway.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>

#include "runner/gateway/gateway.h"
#include "runner/gateway/kernel_connection.h"
#include "tests/gateway/await.h"
#include "tests/support/fake_gateway.h"

namespace cellar {
namespace {

using Received = std::variant<KernelMessage, FrameFault>;

KernelRequest Execute(const std::string& code) {
  KernelRequest request;
  request.type = "execute_request";
  request.id = NewId();
  request.content = {{"code", code}, {"allow_stdin", false}};
  return request;
}

class ConnectionTest : public testing::Test {
 protected:
  void Listen(FakeGatewayOptions options = {}) {
    fake_ = std::make_unique<FakeGateway>(std::move(options));
    address_ = fake_->Address();
    address_.name = "lab";
    address_.token_hint = "LAB_TOKEN";
    Gateway gateway(io_.get_executor(), address_);
    kernel_ = Await(io_, gateway.StartKernel({"", "", "t"})).kernel_id;
  }
  void Make() {
    connection_ =
        std::make_unique<KernelConnection>(io_.get_executor(), address_, kernel_, "s1", limits_);
  }
  void Open() {
    Make();
    Await(io_, connection_->Open());
    fake_->AwaitSockets(++opened_);
  }
  void Send(const std::string& code) { Await(io_, connection_->Send(Execute(code))); }
  Received Receive() { return Await(io_, connection_->Receive()); }
  /// The next message that is of this type.
  KernelMessage ReceiveA(const std::string& type) {
    for (;;) {
      Received received = Receive();
      if (const auto* message = std::get_if<KernelMessage>(&received)) {
        if (message->type == type) return *message;
      }
    }
  }
  template <typename Work>
  std::string MessageOf(ErrorKind kind, Work work) {
    const Error error = ErrorOf(work);
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind));
    const std::string start =
        "gateway " + address_.Label() + ": GET /api/kernels/" + kernel_ + "/channels: ";
    const std::string what = error.what();
    return what.starts_with(start) ? what.substr(start.size()) : what;
  }
  std::string HowOpenFails(ErrorKind kind) {
    Make();
    return MessageOf(kind, [&] { Await(io_, connection_->Open()); });
  }
  /// Reads until the connection ends; says how.
  std::string HowItEnds() {
    return MessageOf(ErrorKind::kGatewayLost, [&] {
      for (;;) Receive();
    });
  }

  boost::asio::io_context io_{1};
  std::unique_ptr<FakeGateway> fake_;
  GatewayAddress address_;
  std::string kernel_;
  ConnectionLimits limits_;
  int opened_ = 0;
  std::unique_ptr<KernelConnection> connection_;
};

TEST_F(ConnectionTest, OffersTheV1FramingAndSendsTheTokenInAHeader) {
  Listen({.base_path = "/user/ada/"});
  Open();
  EXPECT_EQ(connection_->framing(), Framing::kV1);
  EXPECT_EQ(connection_->session_id(), "s1");
  const RecordedRequest request = fake_->Requests().back();
  EXPECT_EQ(request.path, "/api/kernels/" + kernel_ + "/channels");
  EXPECT_EQ(request.query, "session_id=s1");
  std::string headers;
  for (const auto& [name, value] : request.headers) {
    if (name != "host" && name != "sec-websocket-key") headers += name + ": " + value + "\n";
  }
  EXPECT_EQ(headers,
            "authorization: token fake-token\nconnection: upgrade\n"
            "sec-websocket-protocol: v1.kernel.websocket.jupyter.org\n"
            "sec-websocket-version: 13\nupgrade: websocket\nuser-agent: cellar\n");
}

class FramingOfConnectionTest : public ConnectionTest, public testing::WithParamInterface<bool> {};

INSTANTIATE_TEST_SUITE_P(BothFramings, FramingOfConnectionTest, testing::Bool(),
                         [](const auto& which) { return which.param ? "V1" : "Default"; });

TEST_P(FramingOfConnectionTest, RunsACell) {
  Listen({.accepts_v1 = GetParam()});
  Open();
  EXPECT_EQ(connection_->framing(), GetParam() ? Framing::kV1 : Framing::kDefault);
  Send("print hello");
  const KernelMessage stream = ReceiveA("stream");
  EXPECT_EQ(stream.content.dump(), R"({"name":"stdout","text":"hello\n"})");
  EXPECT_EQ(stream.parent_id, fake_->Cells().back().request_id);
  EXPECT_EQ(stream.parent_session, "s1");
  EXPECT_EQ(stream.parent_type, "execute_request");
  EXPECT_FALSE(stream.made_by_server);
}

TEST_P(FramingOfConnectionTest, TellsWhatTheGatewayMadeItself) {
  Listen({.accepts_v1 = GetParam()});
  Open();
  Send("rate limit");
  EXPECT_TRUE(ReceiveA("stream").made_by_server);
  fake_->Kill();
  KernelMessage status = ReceiveA("status");
  while (status.content["execution_state"] != "restarting") status = ReceiveA("status");
  EXPECT_TRUE(status.made_by_server);
  EXPECT_EQ(status.parent_id, "");
}

TEST_P(FramingOfConnectionTest, TakesAMessageOf30Megabytes) {
  Listen({.accepts_v1 = GetParam()});
  Open();
  Send("blob 31457280");
  const KernelMessage message = ReceiveA("display_data");
  EXPECT_GT(message.size, 31457280u);
  Send("print small");
  EXPECT_EQ(ReceiveA("stream").content["text"], "small\n");
}

TEST_P(FramingOfConnectionTest, GoesOnBehindAFrameThatItCannotRead) {
  Listen({.accepts_v1 = GetParam()});
  fake_->OnCell("lie", [](FakeCell& cell) {
    FakeMessage message{.type = "stream", .content = {{"name", "stdout"}, {"text", "x"}}};
    message.lie = FrameLie::kTooManyOffsets;
    cell.Send(message);
    cell.Print("true\n");
  });
  Open();
  Send("lie");
  Received received = Receive();
  while (std::holds_alternative<KernelMessage>(received)) received = Receive();
  EXPECT_TRUE(std::get<FrameFault>(received).what.starts_with("1000000000 offsets do not fit"))
      << std::get<FrameFault>(received).what;
  EXPECT_EQ(ReceiveA("stream").content["text"], "true\n");
}

TEST_F(ConnectionTest, SaysWhyTheHandshakeWasDeclined) {
  Listen();
  const std::string route = "GET /api/kernels/{id}/channels";
  fake_->AnswerWith(route, HtmlAnswer(404, "Not Found"));
  EXPECT_EQ(HowOpenFails(ErrorKind::kKernelGone), "404 Not Found: the kernel is gone");
  fake_->AnswerWith(route, JsonAnswer(403, "Forbidden"));
  EXPECT_EQ(HowOpenFails(ErrorKind::kGatewayRefused),
            "403 Forbidden: is the token in LAB_TOKEN right?");
  fake_->AnswerWith(route, JsonAnswer(500, "Kernel died before replying to kernel_info"));
  EXPECT_EQ(HowOpenFails(ErrorKind::kGatewayUnreachable),
            "500 Internal Server Error: Kernel died before replying to kernel_info; see the "
            "gateway's log");
  fake_->AnswerWith(route, HtmlAnswer(502, "Bad Gateway"));
  EXPECT_EQ(HowOpenFails(ErrorKind::kGatewayUnreachable),
            "502 Bad Gateway (a web page): the proxy before the gateway gets no answer from it; is "
            "it running?");
  CannedAnswer redirect = HtmlAnswer(302, "Found");
  redirect.headers["Location"] = "/hub/login?next=x";
  fake_->AnswerWith(route, redirect);
  EXPECT_EQ(HowOpenFails(ErrorKind::kGatewayRefused),
            "302 Found to /hub/login, a login: is the token in LAB_TOKEN right?");
  fake_->AnswerWith(route, HtmlAnswer(200, "Sign in"));
  EXPECT_EQ(HowOpenFails(ErrorKind::kGatewayUnreachable),
            "200 OK: a web page, not JSON: the URL leads to a proxy or a login page");
}

TEST_F(ConnectionTest, SaysThatNobodyListens) {
  Listen();
  fake_->StopListening();
  EXPECT_EQ(HowOpenFails(ErrorKind::kGatewayUnreachable),
            fmt::format("connecting to 127.0.0.1:{}: Connection refused", fake_->port()));
}

TEST_F(ConnectionTest, SaysHowTheConnectionEnded) {
  Listen();
  Open();
  fake_->Close(1001);
  EXPECT_EQ(HowItEnds(), "connection lost: the gateway closed it with 1001");
  Open();
  fake_->Cut();
  EXPECT_EQ(HowItEnds(), "connection lost: the gateway ended it without a word");
  Open();
  fake_->Reset();
  EXPECT_EQ(HowItEnds(), "connection lost: Connection reset by peer");
  // And says the same again.
  EXPECT_EQ(HowItEnds(), "connection lost: Connection reset by peer");
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayLost, [&] { Send("print x"); }),
            "connection lost: Connection reset by peer");
}

TEST_F(ConnectionTest, TellsThatAMessageIsHalfHere) {
  Listen();
  fake_->OnCell("large", [](FakeCell& cell) {
    FakeMessage message;
    message.type = "display_data";
    message.content = {{"data", {{"text/plain", std::string(100'000, 'x')}}}};
    message.parent = nlohmann::json::object();
    message.header = MakeFakeHeader("display_data", "kernel");
    const FakeFrame whole = EncodeFakeFrame(message, true);
    cell.SendFrame({.bytes = whole.bytes.substr(0, 50'000), .is_last = false});
    cell.Await("rest");
    cell.SendFrame({.bytes = whole.bytes.substr(50'000)});
  });
  Open();
  Send("large");
  ReceiveA("execute_input");
  EXPECT_FALSE(connection_->receiving());
  auto pending = Begin(io_, connection_->Receive());
  RunUntil(io_, [&] { return connection_->receiving(); });
  fake_->Open("rest");
  const Received received = Finish(io_, pending);
  EXPECT_EQ(std::get<KernelMessage>(received).content["data"]["text/plain"],
            std::string(100'000, 'x'));
  EXPECT_FALSE(connection_->receiving());
}

TEST_F(ConnectionTest, NoticesASilenceThatNoPingEnds) {
  Listen();
  limits_.idle = std::chrono::milliseconds(200);
  Open();
  fake_->Stall();
  EXPECT_EQ(HowItEnds(), "connection lost: no sign of life for 0.2 s");
}

TEST_F(ConnectionTest, NamesAHandshakeThatTakesTooLong) {
  Listen();
  fake_->Hold("GET /api/kernels/{id}/channels");
  limits_.handshake = std::chrono::milliseconds(50);
  EXPECT_EQ(
      HowOpenFails(ErrorKind::kGatewayUnreachable),
      "WebSocket handshake: no answer after 0.05 s; the gateway waits for the kernel before it "
      "answers");
}

TEST_F(ConnectionTest, AnswersPingsWhileItReads) {
  Listen();
  Open();
  auto pending = Begin(io_, connection_->Receive());
  fake_->Ping();
  fake_->Ping();
  Send("print x");
  while (Finish(io_, pending), ReceiveA("stream").content["text"] != "x\n") {
  }
  fake_->AwaitPongs(2);
}

TEST_F(ConnectionTest, SendsOneRequestAfterTheOther) {
  Listen();
  Open();
  std::vector<std::future<void>> sends;
  const std::string large(2'000'000, '#');
  const std::vector<std::string> codes = {"print 1 " + large, "print 2", "print 3 " + large};
  for (const std::string& code : codes) {
    sends.push_back(Begin(io_, connection_->Send(Execute(code))));
  }
  for (auto& send : sends) Finish(io_, send);
  fake_->AwaitCells(3);
  EXPECT_EQ(fake_->Codes(), codes);
}

TEST_F(ConnectionTest, RefusesARequestThatNoGatewayTakes) {
  Listen();
  Open();
  KernelRequest request = Execute(std::string(10'485'760, '#'));
  request.id = "m";
  EXPECT_EQ(MessageOf(ErrorKind::kUsage, [&] { Await(io_, connection_->Send(request)); }),
            "execute_request of 10485984 bytes: gateways take at most 10485760; keep large data in "
            "files");
  Send("print still here");
  EXPECT_EQ(ReceiveA("stream").content["text"], "still here\n");
}

TEST_F(ConnectionTest, EndsWhatIsPendingWhenItIsClosed) {
  Listen();
  Make();
  connection_->Close();  // never opened
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayLost, [&] { Receive(); }),
            "connection lost: it was closed here");

  fake_->Hold("GET /api/kernels/{id}/channels");
  Make();
  auto opening = Begin(io_, connection_->Open());
  RunUntil(io_, [&] { return fake_->Count("GET /api/kernels/{id}/channels") == 1; });
  connection_->Close();
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayLost, [&] { Finish(io_, opening); }),
            "connection lost: it was closed here");

  fake_->Release("GET /api/kernels/{id}/channels");
  Open();
  auto receiving = Begin(io_, connection_->Receive());
  io_.poll();
  connection_->Close();
  connection_->Close();
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayLost,
                      [&] {
                        Finish(io_, receiving);
                        for (;;) Receive();
                      }),
            "connection lost: it was closed here");
}

TEST_F(ConnectionTest, MayGoWhileItsCallsArePending) {
  Listen();
  Open();
  Send("hang");
  ReceiveA("execute_input");
  auto receiving = Begin(io_, connection_->Receive());
  fake_->Stall();  // more than the buffers of two sockets hold does not go out
  std::vector<std::future<void>> sends;
  for (int i = 0; i < 4; ++i) {
    sends.push_back(Begin(io_, connection_->Send(Execute(std::string(9'000'000, '#')))));
  }
  io_.poll();
  connection_.reset();
  EXPECT_THROW(Finish(io_, receiving), Error);
  EXPECT_THROW(Finish(io_, sends.back()), Error);
  RunUntil(io_, [&] { return io_.stopped(); });
}

TEST_F(ConnectionTest, IsOfNoMoreUseWhenACallIsCancelled) {
  Listen();
  Open();
  Send("hang");
  ReceiveA("execute_input");
  boost::asio::cancellation_signal signal;
  auto receiving = boost::asio::co_spawn(
      io_, connection_->Receive(),
      boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::use_future));
  io_.poll();
  signal.emit(boost::asio::cancellation_type::terminal);
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayLost, [&] { Finish(io_, receiving); }),
            "connection lost: Operation canceled");
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayLost, [&] { Send("print x"); }),
            "connection lost: Operation canceled");
}

TEST_F(ConnectionTest, GetsWhatItMissedWhenItComesBackWithTheSameSession) {
  Listen();
  Open();
  Send("print 1\nwait gate\nprint 2");
  EXPECT_EQ(ReceiveA("stream").content["text"], "1\n");
  connection_->Close();
  // What is sent before the gateway notices is lost.
  Gateway gateway(io_.get_executor(), address_);
  while (Await(io_, gateway.GetKernel(kernel_))->connections > 0) {
  }
  fake_->Open("gate");
  Open();
  EXPECT_EQ(ReceiveA("stream").content["text"], "2\n");
}

}  // namespace
}  // namespace cellar
