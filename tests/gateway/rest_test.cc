// The REST side against the fake gateway.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <nlohmann/json.hpp>

#include "runner/gateway/gateway.h"
#include "runner/gateway/gateway_http.h"
#include "tests/gateway/await.h"
#include "tests/support/fake_gateway.h"

namespace cellar {
namespace {

using testing::ElementsAre;

class RestTest : public testing::Test {
 protected:
  void Listen(FakeGatewayOptions options = {}) {
    fake_ = std::make_unique<FakeGateway>(std::move(options));
    address_ = fake_->Address();
    address_.name = "lab";
    address_.token_hint = "LAB_TOKEN";
    Connect();
  }
  void Connect() { gateway_ = std::make_unique<Gateway>(io_.get_executor(), address_); }

  template <typename T>
  T Get(boost::asio::awaitable<T> work) {
    return Await(io_, std::move(work));
  }
  StartedKernel Start(const std::string& tag, const std::string& working_dir = {}) {
    KernelOrder order;
    order.tag = tag;
    order.working_dir = working_dir;
    return Get(gateway_->StartKernel(order));
  }
  template <typename Work>
  std::string MessageOf(ErrorKind kind, Work work) {
    const Error error = ErrorOf(work);
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind));
    return error.what();
  }
  std::string Label() const { return "gateway " + address_.Label() + ": "; }
  RecordedRequest Last() const { return fake_->Requests().back(); }

  boost::asio::io_context io_{1};
  std::unique_ptr<FakeGateway> fake_;
  GatewayAddress address_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(RestTest, DescribesAServer) {
  Listen({.base_path = "/user/ada/", .clock_offset_seconds = -3600});
  const ServerInfo info = Get(gateway_->Describe());
  EXPECT_EQ(info.version, "1.23.3");
  EXPECT_EQ(info.server_header, "TornadoServer/6.2");
  EXPECT_TRUE(info.has_sessions);
  ASSERT_TRUE(info.clock_offset);
  EXPECT_NEAR(static_cast<double>(info.clock_offset->count()), -3'600'000, 60'000);
}

TEST_F(RestTest, KnowsAServerWithoutSessions) {
  Listen({.has_sessions = false});
  EXPECT_FALSE(Get(gateway_->Describe()).has_sessions);
}

TEST_F(RestTest, TellsSessionsThatAreForbiddenFromARejectedToken) {
  Listen();
  fake_->AnswerWith("GET /api/sessions", JsonAnswer(403, "Forbidden"));
  EXPECT_FALSE(Get(gateway_->Describe()).has_sessions);
  address_.token = "wrong";
  Connect();
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayRefused, [&] { Get(gateway_->Describe()); }),
            Label() + "GET /api/kernelspecs: 403 Forbidden: is the token in LAB_TOKEN right?");
}

TEST_F(RestTest, ListsKernelspecs) {
  Listen();
  const Kernelspecs kernelspecs = Get(gateway_->ListKernelspecs());
  EXPECT_EQ(kernelspecs.default_name, "python3");
  ASSERT_EQ(kernelspecs.specs.size(), 2u);
  EXPECT_EQ(kernelspecs.specs[0].name, "ir");
  EXPECT_EQ(kernelspecs.specs[0].display_name, "R");
  EXPECT_EQ(kernelspecs.specs[0].language, "R");
  EXPECT_EQ(kernelspecs.specs[0].interrupt_mode, "signal");
}

TEST_F(RestTest, StartsAKernelThroughASessionThatBearsItsTag) {
  Listen();
  KernelOrder order;
  order.kernelspec = "ir";
  order.working_dir = "/data/./raw//x/../";
  order.tag = "cellar-1f3a-12-1";
  const StartedKernel kernel = Get(gateway_->StartKernel(order));
  EXPECT_EQ(kernel.kernel_id, fake_->OnlyKernel());
  EXPECT_NE(kernel.session_id, "");
  EXPECT_EQ(nlohmann::json::parse(Last().body).dump(),
            R"({"kernel":{"name":"ir"},"name":"cellar-1f3a-12-1",)"
            R"("path":"data/raw/cellar-1f3a-12-1","type":"notebook"})");
  const auto found = Get(gateway_->FindKernel("cellar-1f3a-12-1"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kernel_id, kernel.kernel_id);
  EXPECT_EQ(found->session_id, kernel.session_id);
  EXPECT_FALSE(Get(gateway_->FindKernel("1f3a-12-1")));
}

TEST_F(RestTest, SendsTheTokenInAHeaderAndNoOrigin) {
  Listen();
  Start("t");
  const RecordedRequest request = Last();
  EXPECT_EQ(request.query, "");
  std::string headers;
  for (const auto& [name, value] : request.headers) {
    headers += name + ": " + (name == "host" ? "HOST" : value) + "\n";
  }
  EXPECT_EQ(headers,
            "accept: application/json\nauthorization: token fake-token\nconnection: close\n"
            "content-length: 53\ncontent-type: application/json\nhost: HOST\n"
            "user-agent: cellar\n");
}

TEST_F(RestTest, StartsAKernelWithoutASessionWhereThereAreNone) {
  Listen({.has_sessions = false});
  EXPECT_EQ(Start("first", "data").session_id, "");
  EXPECT_EQ(Last().body, R"({"path":"data"})");
  Start("second");
  EXPECT_EQ(Last().body, "{}");
  EXPECT_FALSE(Get(gateway_->FindKernel("first")));
  EXPECT_THAT(fake_->Routes(), ElementsAre("POST /api/sessions", "POST /api/kernels",
                                           "POST /api/kernels", "GET /api/sessions"));
}

TEST_F(RestTest, SendsAnEnvironmentOnlyWhenThereIsOne) {
  Listen();
  address_.env = {{"KERNEL_USERNAME", "etl"}};
  Connect();
  Start("t");
  EXPECT_EQ(Last().path, "/api/kernels");
  EXPECT_EQ(Last().body, R"({"env":{"KERNEL_USERNAME":"etl"}})");
}

TEST_F(RestTest, RefusesADirectoryOutsideOfTheRoot) {
  Listen();
  EXPECT_EQ(
      MessageOf(ErrorKind::kUsage, [&] { Start("t", "a/../../b"); }),
      "working_dir `a/../../b` leads out of the gateway's root directory; give one inside it");
  EXPECT_EQ(MessageOf(ErrorKind::kUsage, [&] { Start("t", "a/caf\xe9"); }),
            "working_dir `a/caf…` is not UTF-8 from there on: gateways take no other names of "
            "folders");
  EXPECT_THAT(fake_->Routes(), ElementsAre());
}

TEST_F(RestTest, StartsOneKernelAtATime) {
  Listen();
  fake_->Hold("POST /api/sessions");
  auto first = Begin(io_, gateway_->StartKernel({"", "", "first"}));
  auto second = Begin(io_, gateway_->StartKernel({"", "", "second"}));
  RunUntil(io_, [&] { return fake_->Count("POST /api/sessions") == 1; });
  // Everything else that can be asked meanwhile is answered, and the second order is not sent.
  Get(gateway_->ListKernelspecs());
  EXPECT_EQ(fake_->Count("POST /api/sessions"), 1);
  fake_->Release("POST /api/sessions");
  const std::string first_id = Finish(io_, first).kernel_id;
  EXPECT_NE(first_id, Finish(io_, second).kernel_id);
  EXPECT_EQ(fake_->LiveKernels(), 2);
}

TEST_F(RestTest, LetsTheNextStartAKernelWhenAStartIsCancelled) {
  Listen();
  fake_->Hold("POST /api/sessions");
  boost::asio::cancellation_signal signal;
  auto first = boost::asio::co_spawn(
      io_, gateway_->StartKernel({"", "", "first"}),
      boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::use_future));
  auto second = Begin(io_, gateway_->StartKernel({"", "", "second"}));
  RunUntil(io_, [&] { return fake_->Count("POST /api/sessions") == 1; });
  signal.emit(boost::asio::cancellation_type::terminal);
  EXPECT_THROW(Finish(io_, first), std::exception);
  fake_->Release("POST /api/sessions");
  const StartedKernel kernel = Finish(io_, second);
  EXPECT_EQ(Get(gateway_->FindKernel("second"))->kernel_id, kernel.kernel_id);
}

TEST_F(RestTest, NamesTheKernelspecsWhenOneIsUnknown) {
  Listen();
  const auto start = [&] { Get(gateway_->StartKernel({"pyhton", "", "t"})); };
  EXPECT_EQ(MessageOf(ErrorKind::kKernelUnavailable, start),
            Label() + "POST /api/sessions: no kernelspec `pyhton`; it has: ir, python3");
  Listen({.has_sessions = false});
  EXPECT_EQ(MessageOf(ErrorKind::kKernelUnavailable, start),
            Label() + "POST /api/kernels: no kernelspec `pyhton`; it has: ir, python3");
}

TEST_F(RestTest, ReportsALimitAsBusy) {
  Listen();
  fake_->AnswerWith("POST /api/sessions", JsonAnswer(403, "Resource Limit"));
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayBusy, [&] { Start("t"); }),
            Label() +
                "POST /api/sessions: 403 Forbidden: Resource Limit; a kernel limit is "
                "reached");
}

TEST_F(RestTest, NeverRepeatsAPost) {
  Listen();
  fake_->LoseAnswer("POST /api/sessions");
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayUnreachable, [&] { Start("t"); }),
            Label() +
                "POST /api/sessions: waiting for the answer: the gateway ended the "
                "connection");
  EXPECT_EQ(fake_->Count("POST /api/sessions"), 1);
  EXPECT_TRUE(Get(gateway_->FindKernel("t")));  // it was made all the same
  fake_->AnswerWith("POST /api/sessions", HtmlAnswer(503, "Service Unavailable"));
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayUnreachable, [&] { Start("u"); }),
            Label() +
                "POST /api/sessions: 503 Service Unavailable (a web page): the gateway, or "
                "its JupyterHub server, is not running");
  EXPECT_EQ(fake_->Count("POST /api/sessions"), 2);
}

TEST_F(RestTest, RepeatsGetAndDeleteAFewTimes) {
  Listen();
  const StartedKernel kernel = Start("t");
  fake_->LoseAnswer("GET /api/kernels/{id}", 2);
  EXPECT_EQ(Get(gateway_->GetKernel(kernel.kernel_id))->id, kernel.kernel_id);
  EXPECT_EQ(fake_->Count("GET /api/kernels/{id}"), 3);
  fake_->AnswerWith("GET /api/kernels/{id}", HtmlAnswer(502, "Bad Gateway", 3));
  EXPECT_EQ(Get(gateway_->GetKernel(kernel.kernel_id))->id, kernel.kernel_id);
  fake_->AnswerWith("DELETE /api/sessions/{id}", HtmlAnswer(504, "Gateway Timeout", 1));
  Get(gateway_->DeleteKernel(kernel));
  EXPECT_EQ(fake_->LiveKernels(), 0);
  fake_->AnswerWith("GET /api/kernelspecs", HtmlAnswer(502, "Bad Gateway"));
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayUnreachable, [&] { Get(gateway_->ListKernelspecs()); }),
            Label() +
                "GET /api/kernelspecs: 502 Bad Gateway (a web page): the proxy before the "
                "gateway gets no answer from it; is it running?");
  EXPECT_EQ(fake_->Count("GET /api/kernelspecs"), 4);
}

TEST_F(RestTest, DoesNotFollowARedirect) {
  Listen();
  CannedAnswer redirect = HtmlAnswer(302, "Found");
  redirect.headers["Location"] = "/api";
  fake_->AnswerWith("GET /api/kernelspecs", redirect);
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayUnreachable, [&] { Get(gateway_->ListKernelspecs()); }),
            Label() +
                "GET /api/kernelspecs: 302 Found to /api; the token is not taken there: give "
                "the gateway's final URL");
  EXPECT_THAT(fake_->Routes(), ElementsAre("GET /api/kernelspecs"));
}

TEST_F(RestTest, ReportsARejectedTokenOnEveryRoute) {
  for (const int status : {401, 403}) {
    Listen({.bad_token_status = status});
    address_.token = "wrong";
    Connect();
    const std::string words = status == 401 ? "401 Unauthorized" : "403 Forbidden";
    const std::string end = ": " + words + ": is the token in LAB_TOKEN right?";
    EXPECT_EQ(MessageOf(ErrorKind::kGatewayRefused, [&] { Start("t"); }),
              Label() + "POST /api/sessions" + end);
    EXPECT_EQ(MessageOf(ErrorKind::kGatewayRefused, [&] { Get(gateway_->GetKernel("1-2")); }),
              Label() + "GET /api/kernels/1-2" + end);
    EXPECT_EQ(MessageOf(ErrorKind::kGatewayRefused, [&] { Get(gateway_->Interrupt("1-2")); }),
              Label() + "POST /api/kernels/1-2/interrupt" + end);
  }
}

TEST_F(RestTest, SeesAKernelAndItsEnd) {
  Listen();
  const StartedKernel kernel = Start("t");
  const auto model = Get(gateway_->GetKernel(kernel.kernel_id));
  ASSERT_TRUE(model);
  EXPECT_EQ(model->name, "python3");
  EXPECT_EQ(model->execution_state, "starting");
  EXPECT_EQ(model->connections, 0);
  Get(gateway_->Interrupt(kernel.kernel_id));
  EXPECT_EQ(Last().headers.at("content-length"), "0");
  Get(gateway_->DeleteKernel(kernel));
  EXPECT_FALSE(Get(gateway_->GetKernel(kernel.kernel_id)));
  EXPECT_EQ(MessageOf(ErrorKind::kKernelGone, [&] { Get(gateway_->Interrupt(kernel.kernel_id)); }),
            Label() + "POST /api/kernels/" + kernel.kernel_id +
                "/interrupt: 404 Not Found: the kernel is gone");
}

TEST_F(RestTest, DoesNotTakeAProxysPageForAKernelsEnd) {
  Listen();
  const StartedKernel kernel = Start("t");
  fake_->AnswerWith("GET /api/kernels/{id}", HtmlAnswer(404, "Not Found"));
  const std::string end =
      ": 404 Not Found: there is no Jupyter gateway at this URL; is its base "
      "path right?";
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayUnreachable,
                      [&] { Get(gateway_->GetKernel(kernel.kernel_id)); }),
            Label() + "GET /api/kernels/" + kernel.kernel_id + end);
}

TEST_F(RestTest, DeletesAKernelThatIsGoneAlready) {
  Listen();
  const StartedKernel kernel = Start("t");
  Get(gateway_->DeleteKernel(kernel));
  Get(gateway_->DeleteKernel(kernel));
  EXPECT_THAT(fake_->Routes(),
              ElementsAre("POST /api/sessions", "DELETE /api/sessions/{id}",
                          "DELETE /api/sessions/{id}", "DELETE /api/kernels/{id}"));
}

TEST_F(RestTest, DeletesTheKernelOfASessionThatIsGone) {
  Listen();
  StartedKernel kernel = Start("t");
  kernel.session_id = "11111111-2222-3333-4444-555555555555";
  Get(gateway_->DeleteKernel(kernel));
  EXPECT_EQ(fake_->LiveKernels(), 0);
}

TEST_F(RestTest, DoesNotWaitForADeleteThatItOnlySends) {
  Listen();
  const StartedKernel kernel = Start("t");
  fake_->Hold("DELETE /api/sessions/{id}");  // answered never
  Get(gateway_->SendDelete(kernel));
  fake_->AwaitNoKernels();
}

TEST_F(RestTest, SaysThatNobodyListens) {
  Listen();
  Get(gateway_->ListKernelspecs());
  fake_->StopListening();
  const std::string end =
      "connecting to 127.0.0.1:" + std::to_string(fake_->port()) + ": Connection refused";
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayLost, [&] { Get(gateway_->ListKernelspecs()); }),
            Label() + "GET /api/kernelspecs: " + end);
  Connect();
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayUnreachable, [&] { Get(gateway_->ListKernelspecs()); }),
            Label() + "GET /api/kernelspecs: " + end);
}

TEST_F(RestTest, NamesThePhaseThatTookTooLong) {
  Listen();
  fake_->Hold("GET /api/kernelspecs");
  GatewayHttp http(io_.get_executor(), address_);
  HttpRequest request;
  request.method = "GET";
  request.path = "/api/kernelspecs";
  request.limit = std::chrono::seconds(0);
  EXPECT_EQ(MessageOf(ErrorKind::kGatewayUnreachable, [&] { Get(http.Ask(request)); }),
            Label() + "GET /api/kernelspecs: waiting for the answer: none after 0 s");
}

}  // namespace
}  // namespace cellar
