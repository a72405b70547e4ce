#include "tests/gateway/tls_front.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <thread>

#include "runner/gateway/use_tuple.h"
#include "tests/support/temp_dir.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;

struct Freed {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

struct Identity {
  std::unique_ptr<EVP_PKEY, Freed> key;
  std::unique_ptr<X509, Freed> certificate;
};

void AddExtension(const Identity& identity, const Identity& issuer, int kind,
                  const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer.certificate.get(), identity.certificate.get(), nullptr, nullptr,
                 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  X509_add_ext(identity.certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
}

// Without an issuer: an authority.
Identity MakeIdentity(const std::string& name, const std::string& alternatives,
                      const Identity* issuer) {
  static long serial = 0;
  Identity identity;
  identity.key.reset(EVP_EC_gen("P-256"));
  identity.certificate.reset(X509_new());
  X509* const certificate = identity.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, identity.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  const Identity& signer = issuer != nullptr ? *issuer : identity;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer.certificate.get()));
  if (issuer == nullptr) AddExtension(identity, signer, NID_basic_constraints, "critical,CA:TRUE");
  if (!alternatives.empty()) AddExtension(identity, signer, NID_subject_alt_name, alternatives);
  X509_sign(certificate, signer.key.get(), EVP_sha256());
  return identity;
}

std::string TakeText(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

std::string CertificateText(const Identity& identity) {
  BIO* const memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, identity.certificate.get());
  return TakeText(memory);
}

std::string KeyText(const Identity& identity) {
  BIO* const memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return TakeText(memory);
}

struct Pair {
  Pair(asio::io_context& io, asio::ssl::context& context, tcp::socket socket)
      : tls(std::move(socket), context), plain(io) {}
  void Close() {
    boost::system::error_code ignored;
    tls.lowest_layer().close(ignored);
    plain.close(ignored);
  }
  TlsStream tls;
  tcp::socket plain;
};

template <typename From, typename To>
asio::awaitable<void> Pump(std::shared_ptr<Pair> pair, From& from, To& to) {
  std::array<char, 65536> bytes;
  for (;;) {
    const auto buffer = asio::buffer(bytes);
    const auto [read_error, size] = co_await from.async_read_some(buffer, kUseTuple);
    const auto data = asio::buffer(bytes.data(), size);
    if (read_error) break;
    const auto [write_error, written] = co_await asio::async_write(to, data, kUseTuple);
    if (write_error) break;
  }
  pair->Close();
}

}  // namespace

struct TlsFront::Impl {
  Impl(int plain_port_given, const TlsFrontOptions& options);
  ~Impl();
  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(std::shared_ptr<Pair> pair);

  TempDir files;
  asio::io_context io{1};
  asio::ssl::context context{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  const int plain_port;
  std::mutex mutex;
  std::string last_name;
  std::thread thread;
};

TlsFront::Impl::Impl(int plain_port_given, const TlsFrontOptions& options)
    : plain_port(plain_port_given) {
  const Identity authority = MakeIdentity("Test authority", "", nullptr);
  const Identity server = MakeIdentity("Test server", options.names, &authority);
  const Identity client = MakeIdentity("Test client", "", &authority);
  files.Write("ca.pem", CertificateText(authority));
  files.Write("client.pem", CertificateText(client));
  files.Write("client.key", KeyText(client));
  context.use_certificate(asio::buffer(CertificateText(server)), asio::ssl::context::pem);
  context.use_private_key(asio::buffer(KeyText(server)), asio::ssl::context::pem);
  if (options.asks_for_certificate) {
    context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    context.load_verify_file(files / "ca.pem");
  }
  asio::co_spawn(io, Accept(), asio::detached);
  thread = std::thread([this] { io.run(); });
}

TlsFront::Impl::~Impl() {
  io.stop();
  thread.join();
}

asio::awaitable<void> TlsFront::Impl::Accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kUseTuple);
    if (error) co_return;
    auto pair = std::make_shared<Pair>(io, context, std::move(socket));
    asio::co_spawn(io, Serve(std::move(pair)), asio::detached);
  }
}

asio::awaitable<void> TlsFront::Impl::Serve(std::shared_ptr<Pair> pair) {
  const auto [tls_error] =
      co_await pair->tls.async_handshake(asio::ssl::stream_base::server, kUseTuple);
  if (tls_error) co_return;
  if (const char* name = SSL_get_servername(pair->tls.native_handle(), TLSEXT_NAMETYPE_host_name)) {
    const std::lock_guard lock(mutex);
    last_name = name;
  }
  const tcp::endpoint target(asio::ip::address_v4::loopback(),
                             static_cast<unsigned short>(plain_port));
  const auto [error] = co_await pair->plain.async_connect(target, kUseTuple);
  if (error) co_return;
  asio::co_spawn(io, Pump(pair, pair->tls, pair->plain), asio::detached);
  asio::co_spawn(io, Pump(pair, pair->plain, pair->tls), asio::detached);
}

TlsFront::TlsFront(int plain_port, TlsFrontOptions options)
    : impl_(std::make_unique<Impl>(plain_port, options)) {}

TlsFront::~TlsFront() = default;

int TlsFront::port() const { return impl_->acceptor.local_endpoint().port(); }
std::string TlsFront::ca_file() const { return impl_->files / "ca.pem"; }
std::string TlsFront::client_cert() const { return impl_->files / "client.pem"; }
std::string TlsFront::client_key() const { return impl_->files / "client.key"; }

std::string TlsFront::last_name() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->last_name;
}

}  // namespace cellar
