// What the page's server needs for TLS of its own.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace cellar {

/// TLS 1.2 and later with the certificate chain and the key of these PEM files; both empty:
/// nullptr. Throws Error (kUsage), which names the flag and the file, where one cannot be used.
std::unique_ptr<boost::asio::ssl::context> MakePageTls(const std::string& certificate,
                                                       const std::string& key);

}  // namespace cellar
