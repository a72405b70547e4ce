#include "tests/support/notify_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace cellar {
namespace {

constexpr int kBoundMillis = 120'000;

}  // namespace

NotifySocket::NotifySocket(std::string name)
    : name_(std::move(name)), descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name_.data(), std::min(name_.size(), sizeof address.sun_path));
  if (name_.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    throw std::runtime_error("bind " + name_ + ": " + std::strerror(errno));
  }
}

NotifySocket::~NotifySocket() {
  ::close(descriptor_);
  if (name_.front() != '@') ::unlink(name_.c_str());
}

std::string NotifySocket::Receive() {
  pollfd ready{descriptor_, POLLIN, 0};
  if (::poll(&ready, 1, kBoundMillis) != 1) throw std::runtime_error("nothing came to " + name_);
  std::array<char, 4096> bytes;
  const ssize_t size = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (size < 0) throw std::runtime_error("recv " + name_ + ": " + std::strerror(errno));
  return std::string(bytes.data(), static_cast<std::size_t>(size));
}

std::string NotifySocket::ReceiveUntil(const std::string& line) {
  std::string all;
  while (("\n" + all).find("\n" + line + "\n") == std::string::npos) all += Receive();
  return all;
}

bool NotifySocket::IsQuiet() const {
  pollfd ready{descriptor_, POLLIN, 0};
  return ::poll(&ready, 1, 0) == 0;
}

}  // namespace cellar
