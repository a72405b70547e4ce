#include "tests/gateway/embedded_gateway_fixture.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace cellar {
namespace {

std::string ReadWithoutNuls(const std::string& file, char instead) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  std::string result = text.str();
  std::replace(result.begin(), result.end(), '\0', instead);
  return result;
}

}  // namespace

WatchedProcess::WatchedProcess(pid_t pid)
    : pid_(pid), fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
  if (fd_ < 0) throw std::runtime_error(fmt::format("no process {}", pid));
}

WatchedProcess::~WatchedProcess() {
  if (fd_ >= 0) ::close(fd_);
}

WatchedProcess::WatchedProcess(WatchedProcess&& other) noexcept
    : pid_(other.pid_), fd_(std::exchange(other.fd_, -1)) {}

bool WatchedProcess::WaitUntilEnded() const {
  pollfd end{fd_, POLLIN, 0};
  return ::poll(&end, 1, 60'000) == 1;
}

std::vector<pid_t> Children(pid_t pid) {
  std::vector<pid_t> found;
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", pid));
  for (pid_t child = 0; children >> child;) found.push_back(child);
  return found;
}

std::vector<WatchedProcess> Descendants(pid_t pid) {
  std::vector<WatchedProcess> found;
  for (const pid_t child : Children(pid)) {
    found.emplace_back(child);
    for (WatchedProcess& below : Descendants(child)) found.push_back(std::move(below));
  }
  return found;
}

std::string Arguments(pid_t pid) {
  return ReadWithoutNuls(fmt::format("/proc/{}/cmdline", pid), ' ');
}

std::string Environment(pid_t pid) {
  return ReadWithoutNuls(fmt::format("/proc/{}/environ", pid), '\n');
}

std::optional<pid_t> FindByArguments(pid_t below, const std::string& part) {
  for (const WatchedProcess& process : Descendants(below)) {
    if (Arguments(process.pid()).find(part) != std::string::npos) return process.pid();
  }
  return std::nullopt;
}

std::string StdoutOf(GatewayClient& client, const std::string& code) {
  client.Execute(code);
  const std::string transcript = client.ReadCell();
  const auto begin = transcript.find("stdout: ");
  if (begin == std::string::npos) return transcript;
  return transcript.substr(begin + 8, transcript.find("\nstatus idle") - begin - 8);
}

std::vector<std::filesystem::path> EmbeddedGatewayTest::FoldersLeft() const {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(temp_.path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("cellar-gateway-")) folders.push_back(entry.path());
  }
  return folders;
}

}  // namespace cellar
