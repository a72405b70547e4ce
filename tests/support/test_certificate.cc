#include "tests/support/test_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace cellar {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Stream = std::unique_ptr<std::FILE, Deleter<std::fclose>>;

constexpr long kDay = 24 * 60 * 60;

void Require(bool succeeded, const char* what) {
  if (!succeeded) throw std::runtime_error(std::string("test certificate: ") + what);
}

void AddExtension(X509* certificate, int kind, const std::string& value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  Require(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension.get(), -1);
}

Certificate MakeCertificate(EVP_PKEY* key, const CertificateOptions& options) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);  // counted from 0: version 3
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), options.expired ? -kDay : kDay);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  const unsigned char text[] = "Cellar test";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  AddExtension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate.get(), NID_subject_alt_name, options.names);
  Require(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "signing");
  return certificate;
}

}  // namespace

TestCertificate::TestCertificate(const CertificateOptions& options) {
  const Key key(EVP_EC_gen("P-256"));
  Require(key != nullptr, "key");
  const Certificate certificate = MakeCertificate(key.get(), options);
  const Stream certificate_stream(std::fopen(certificate_file().c_str(), "w"));
  const Stream key_stream(std::fopen(key_file().c_str(), "w"));
  Require(certificate_stream != nullptr && key_stream != nullptr, "files");
  Require(PEM_write_X509(certificate_stream.get(), certificate.get()) == 1, "writing");
  Require(
      PEM_write_PrivateKey(key_stream.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "writing the key");
}

}  // namespace cellar
