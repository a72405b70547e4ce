// https and wss, through a front that speaks TLS.
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "runner/gateway/gateway.h"
#include "runner/gateway/kernel_connection.h"
#include "tests/gateway/await.h"
#include "tests/gateway/tls_front.h"
#include "tests/support/fake_gateway.h"
#include "tests/support/gateway_client.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

class TlsTest : public testing::Test {
 protected:
  void Listen(TlsFrontOptions options = {}) {
    front_ = std::make_unique<TlsFront>(fake_.port(), options);
    address_ = fake_.Address();
    address_.url = "https://localhost:" + std::to_string(front_->port());
    address_.ca_file = front_->ca_file();
  }
  std::string Describe() {
    try {
      Gateway gateway(io_.get_executor(), address_);
      return "version " + Await(io_, gateway.Describe()).version;
    } catch (const Error& error) {
      const std::string start = "gateway " + address_.Label() + ": ";
      const std::string what = error.what();
      return what.starts_with(start) ? what.substr(start.size()) : what;
    }
  }
  std::string Authority() const { return address_.url.substr(8); }

  FakeGateway fake_;
  std::unique_ptr<TlsFront> front_;
  GatewayAddress address_;
  boost::asio::io_context io_{1};
};

TEST_F(TlsTest, RunsACellOverTls) {
  Listen();
  GatewayClient client(address_);
  const StartedKernel kernel = client.Start("t");
  client.Connect(kernel, NewId());
  client.Execute("print hello");
  EXPECT_EQ(client.ReadCell(),
            "status busy\nexecute_input\nstdout: hello\n\nstatus idle\nreply ok\n");
  client.Execute("blob 3000000");
  client.ReadCell();
  client.Delete(kernel);
  EXPECT_EQ(fake_.LiveKernels(), 0);
}

TEST_F(TlsTest, AsksForTheServerByItsName) {
  Listen();
  EXPECT_EQ(Describe(), "version 1.23.3");
  EXPECT_EQ(front_->last_name(), "localhost");
  EXPECT_EQ(fake_.Requests().back().headers.at("host"), Authority());
}

TEST_F(TlsTest, TakesACertificateForAnAddress) {
  Listen();
  address_.url = "https://127.0.0.1:" + std::to_string(front_->port());
  EXPECT_EQ(Describe(), "version 1.23.3");
  EXPECT_EQ(front_->last_name(), "");
}

TEST_F(TlsTest, RefusesAnAuthorityThatItDoesNotKnow) {
  Listen();
  address_.ca_file = "";
  EXPECT_EQ(Describe(),
            "GET /api: TLS handshake with " + Authority() +
                ": unable to get local issuer certificate; is the URL's host the one in the "
                "certificate, and is the authority that signed it in the gateway's ca_file?");
}

TEST_F(TlsTest, RefusesACertificateForAnotherHost) {
  Listen({.names = "DNS:lab.example,IP:127.0.0.2"});
  EXPECT_EQ(Describe(),
            "GET /api: TLS handshake with " + Authority() +
                ": hostname mismatch; is the URL's host the one in the certificate, and is the "
                "authority that signed it in the gateway's ca_file?");
  EXPECT_TRUE(fake_.Requests().empty());
}

TEST_F(TlsTest, ShowsItsOwnCertificateWhenAsked) {
  Listen({.asks_for_certificate = true});
  address_.client_cert = front_->client_cert();
  address_.client_key = front_->client_key();
  EXPECT_EQ(Describe(), "version 1.23.3");
}

TEST_F(TlsTest, AsksNobodyForThePasswordOfAKey) {
  Listen({.asks_for_certificate = true});
  const TempDir folder;
  const std::string file = folder / "key.pem";
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new_file(file.c_str(), "w"), BIO_free_all);
  char password[] = "secret";
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), password, 6,
                                          nullptr, nullptr),
            1);
  out.reset();
  address_.client_cert = front_->client_cert();
  address_.client_key = file;
  EXPECT_EQ(Describe(), "client_key `" + file + "` has a password: give a key without one");
}

TEST_F(TlsTest, NamesAFileThatItCannotUse) {
  Listen();
  address_.client_cert = front_->ca_file();
  address_.client_key = "/nowhere/key.pem";
  EXPECT_EQ(Describe(), "client_key `/nowhere/key.pem` cannot be used: No such file or directory");
  address_.ca_file = "/nowhere/ca.pem";
  EXPECT_EQ(Describe(), "ca_file `/nowhere/ca.pem` cannot be used: No such file or directory");
}

TEST_F(TlsTest, SaysThatThePortDoesNotSpeakTls) {
  Listen();
  address_.url = "https://localhost:" + std::to_string(fake_.port());
  EXPECT_EQ(Describe(), "GET /api: TLS handshake with " + Authority() +
                            ": stream truncated; is https:// right for this port?");
}

}  // namespace
}  // namespace cellar
