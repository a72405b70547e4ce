// What the fake gateway can do wrong over REST, and before the WebSocket is open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "jobs/error.h"
#include "tests/support/fake_gateway.h"
#include "tests/support/gateway_client.h"

namespace cellar {
namespace {

using testing::ElementsAre;

const std::string kMakeSession = "POST /api/sessions";
const std::string kHandshake = "GET /api/kernels/{id}/channels";

ErrorKind KindOfRestStart(const GatewayAddress& address, const std::string& tag = "cellar-1") {
  try {
    GatewayClient(address).Start(tag);
  } catch (const Error& error) {
    return error.kind();
  }
  throw std::runtime_error("the kernel was started");
}

TEST(FakeGatewayRestTest, RecordsWhatIsAskedAndWhatLives) {
  FakeGateway gateway;
  GatewayClient client(gateway.Address());
  const StartedKernel kernel = client.Start("cellar-1");
  EXPECT_EQ(gateway.OnlyKernel(), kernel.kernel_id);
  client.Connect(kernel, NewId());
  client.Execute("print hello");
  client.ReadCell();
  EXPECT_THAT(gateway.Codes(), ElementsAre("print hello"));
  client.Delete(kernel);
  EXPECT_EQ(gateway.LiveKernels(), 0);
  EXPECT_EQ(gateway.Count(kMakeSession), 1);
  EXPECT_EQ(gateway.Count(kHandshake), 1);
}

TEST(FakeGatewayRestTest, StandsBelowItsBasePath) {
  FakeGateway gateway({.base_path = "/user/ada/"});
  EXPECT_THAT(gateway.Address().url, testing::EndsWith("/user/ada/"));
  GatewayClient client(gateway.Address());
  client.Connect(client.Start("cellar-1"), NewId());
  client.Execute("print hello");
  EXPECT_THAT(client.ReadCell(), testing::EndsWith("reply ok\n"));
}

TEST(FakeGatewayRestTest, RefusesAnotherToken) {
  FakeGateway gateway;
  GatewayAddress address = gateway.Address();
  address.token = "another";
  EXPECT_EQ(KindOfRestStart(address), ErrorKind::kGatewayRefused);
  EXPECT_EQ(gateway.LiveKernels(), 0);
}

TEST(FakeGatewayRestTest, MakesKernelsWithoutSessionsToo) {
  FakeGateway gateway({.has_sessions = false, .lists_kernels = false, .bad_token_status = 401});
  GatewayClient client(gateway.Address());
  const StartedKernel kernel = client.Start("cellar-1");
  EXPECT_EQ(kernel.session_id, "");
  EXPECT_EQ(gateway.Count("POST /api/kernels"), 1);
  EXPECT_EQ(gateway.OnlyKernel(), kernel.kernel_id);
}

TEST(FakeGatewayRestTest, AnswersWithWhatItIsGivenAsOftenAsToldThenTruly) {
  FakeGateway gateway;
  gateway.AnswerWith(kMakeSession, JsonAnswer(403, "Resource Limit", 2));
  EXPECT_EQ(KindOfRestStart(gateway.Address()), ErrorKind::kGatewayBusy);
  EXPECT_EQ(KindOfRestStart(gateway.Address()), ErrorKind::kGatewayBusy);
  GatewayClient(gateway.Address()).Start("cellar-1");
  EXPECT_EQ(gateway.LiveKernels(), 1);
}

TEST(FakeGatewayRestTest, AnswersWithAPageUntilToldOtherwise) {
  FakeGateway gateway;
  gateway.AnswerWith(kMakeSession, HtmlAnswer(502, "Bad Gateway"));
  EXPECT_EQ(KindOfRestStart(gateway.Address()), ErrorKind::kGatewayUnreachable);
  EXPECT_EQ(KindOfRestStart(gateway.Address()), ErrorKind::kGatewayUnreachable);
  gateway.AnswerTruly(kMakeSession);
  GatewayClient(gateway.Address()).Start("cellar-1");
  EXPECT_EQ(gateway.LiveKernels(), 1);
}

TEST(FakeGatewayRestTest, MakesTheKernelWhoseAnswerIsLost) {
  FakeGateway gateway;
  gateway.LoseAnswer(kMakeSession);
  EXPECT_ANY_THROW(GatewayClient(gateway.Address()).Start("cellar-1"));
  EXPECT_EQ(gateway.LiveKernels(), 1);
  EXPECT_EQ(gateway.Count(kMakeSession), 1);
}

TEST(FakeGatewayRestTest, KeepsAnAnswerBackUntilItIsReleased) {
  FakeGateway gateway;
  gateway.Hold(kMakeSession);
  auto started = std::async(std::launch::async, [&] {
    return GatewayClient(gateway.Address()).Start("cellar-1").kernel_id;
  });
  gateway.AwaitRequests(kMakeSession, 1);
  gateway.Release(kMakeSession);
  const std::string kernel = started.get();
  EXPECT_EQ(gateway.OnlyKernel(), kernel);
}

TEST(FakeGatewayRestTest, KeepsAHandshakeBackUntilItIsReleased) {
  FakeGateway gateway;
  GatewayClient client(gateway.Address());
  const StartedKernel kernel = client.Start("cellar-1");
  gateway.Hold(kHandshake);
  auto connected = std::async(std::launch::async, [&] { client.Connect(kernel, NewId()); });
  gateway.AwaitRequests(kHandshake, 1);
  gateway.Release(kHandshake);
  connected.get();
  gateway.AwaitSockets(1);
}

TEST(FakeGatewayRestTest, RefusesConnectionsWhileItDoesNotListen) {
  FakeGateway gateway;
  gateway.StopListening();
  EXPECT_EQ(KindOfRestStart(gateway.Address()), ErrorKind::kGatewayUnreachable);
  gateway.Listen();
  GatewayClient(gateway.Address()).Start("cellar-1");
  EXPECT_EQ(gateway.LiveKernels(), 1);
}

}  // namespace
}  // namespace cellar
