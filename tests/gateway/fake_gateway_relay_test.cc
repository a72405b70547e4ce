// The network between a client and a gateway, broken and mended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_gateway.h"
#include "tests/support/gateway_client.h"
#include "tests/support/relay.h"
#include "tests/support/test_certificate.h"

namespace cellar {
namespace {

constexpr const char* kRelayedHello =
    "status busy\nexecute_input\nstdout: hello\n\nstatus idle\nreply ok\n";

TEST(RelayTest, CutsAndResetsWhatGoesThroughIt) {
  FakeGateway gateway;
  Relay relay(gateway.port());
  GatewayClient client(relay.Through(gateway.Address()));
  const StartedKernel kernel = client.Start("cellar-1");
  client.Connect(kernel, "session");
  relay.Cut();
  EXPECT_THAT(client.ReadToEnd(), testing::StartsWith("end: "));
  client.Connect(kernel, "session");
  relay.Reset();
  EXPECT_THAT(client.ReadToEnd(), testing::StartsWith("end: "));
  client.Connect(kernel, "session");
  client.Execute("print hello");
  EXPECT_EQ(client.ReadCell(), kRelayedHello);
}

TEST(RelayTest, KeepsWhatItStallsUntilItGoesOn) {
  FakeGateway gateway;
  Relay relay(gateway.port());
  GatewayClient client(relay.Through(gateway.Address()));
  client.Connect(client.Start("cellar-1"), "session");
  relay.StallTowardsGateway();
  client.Execute("print hello");
  EXPECT_THAT(gateway.Codes(), testing::IsEmpty());
  relay.Resume();
  EXPECT_EQ(client.ReadCell(), kRelayedHello);
}

TEST(RelayTest, SpeaksTlsToTheClient) {
  FakeGateway gateway;
  const TestCertificate server, person;
  Relay relay(gateway.port(), {.certificate_file = server.certificate_file(),
                               .key_file = server.key_file(),
                               .client_ca_file = person.certificate_file()});
  GatewayAddress address = relay.Through(gateway.Address());
  EXPECT_ANY_THROW(GatewayClient(address).Start("cellar-1"));
  address.ca_file = server.certificate_file();
  EXPECT_ANY_THROW(GatewayClient(address).Start("cellar-1"));
  address.client_cert = person.certificate_file();
  address.client_key = person.key_file();
  GatewayClient client(address);
  client.Connect(client.Start("cellar-1"), "session");
  client.Execute("print hello");
  EXPECT_EQ(client.ReadCell(), kRelayedHello);
  EXPECT_EQ(gateway.Count("POST /api/sessions"), 1);
}

}  // namespace
}  // namespace cellar
