// A self-signed certificate with its key, made when the test runs, in files of a temporary folder.
#pragma once

#include <string>

#include "tests/support/temp_dir.h"

namespace cellar {

struct CertificateOptions {
  std::string names = "IP:127.0.0.1,DNS:localhost";  // subjectAltName, as OpenSSL writes it
  bool expired = false;
};

class TestCertificate {
 public:
  explicit TestCertificate(const CertificateOptions& options = {});

  std::string certificate_file() const { return folder_ / "certificate.pem"; }
  std::string key_file() const { return folder_ / "key.pem"; }

 private:
  TempDir folder_;
};

}  // namespace cellar
