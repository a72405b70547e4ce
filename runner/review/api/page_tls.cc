#include "runner/review/api/page_tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "jobs/error.h"

namespace cellar {
namespace {

namespace ssl = boost::asio::ssl;

[[noreturn]] void RefuseTlsFile(const char* flag, const std::string& file, const std::string& why) {
  throw Error(ErrorKind::kUsage, fmt::format("{} {}: {}", flag, file, why));
}

}  // namespace

std::unique_ptr<ssl::context> MakePageTls(const std::string& certificate, const std::string& key) {
  if (certificate.empty() && key.empty()) return nullptr;
  if (certificate.empty() || key.empty()) {
    throw Error(ErrorKind::kUsage, "--tls-cert and --tls-key go together: give both");
  }
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Else OpenSSL would ask at the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return ""; });
  boost::system::error_code error;
  context->use_certificate_chain_file(certificate, error);
  if (error) {
    RefuseTlsFile("--tls-cert", certificate,
                  "it holds no certificate in PEM form that can be used: " + error.message());
  }
  context->use_private_key_file(key, ssl::context::pem, error);
  if (error) {
    RefuseTlsFile("--tls-key", key,
                  "it holds no key in PEM form, without a password and fit for the certificate: " +
                      error.message());
  }
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    ERR_clear_error();
    RefuseTlsFile("--tls-key", key, "it is not the key of the certificate in " + certificate);
  }
  return context;
}

}  // namespace cellar
