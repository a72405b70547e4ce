#include "tests/support/real_gateway.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace cellar {
namespace {

int FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free loopback port");
  return ntohs(address.sin_port);
}

// Empty for what is no process, or has ended.
std::string CommandLine(const std::filesystem::path& process) {
  std::ostringstream text;  // which takes no offence at a process that ends while it is read
  text << std::ifstream(process / "cmdline", std::ios::binary).rdbuf();
  return text.str();
}

std::vector<pid_t> ProcessesWith(const std::string& argument) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ptr != name.data() + name.size()) continue;
    if (CommandLine(entry.path()).find(argument) != std::string::npos) found.push_back(pid);
  }
  return found;
}

// Returns once it has ended, reaped or not.
void EndProcess(pid_t pid) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return;
  ::kill(pid, SIGKILL);
  pollfd ended{process, POLLIN, 0};
  ::poll(&ended, 1, -1);
  ::close(process);
}

}  // namespace

RealGateway::RealGateway(RealGatewayOptions options) : options_(std::move(options)) {
  constexpr int kTries = 3;  // somebody else may take the port before the server does
  for (int tried = 1;; ++tried) {
    port_ = FreePort();
    try {
      Start();
      return;
    } catch (const std::runtime_error& error) {
      const bool taken = std::string(error.what()).find("already in use") != std::string::npos;
      if (!taken || tried == kTries) throw;
    }
  }
}

RealGateway::~RealGateway() {
  KillKernels();
  server_.reset();
  KillKernels();  // one that was being started
}

GatewayAddress RealGateway::Address() const {
  GatewayAddress address;
  address.name = "real";
  address.url = "http://127.0.0.1:" + std::to_string(port_) + options_.base_path;
  address.token = options_.token;
  address.token_hint = "REAL_TOKEN";
  return address;
}

std::vector<std::string> RealGateway::Arguments() const {
  std::vector<std::string> arguments = {"/usr/bin/python3",
                                        "-m",
                                        "jupyter_server",
                                        "--no-browser",
                                        "--allow-root",
                                        "--ip=127.0.0.1",
                                        "--port=" + std::to_string(port_),
                                        "--ServerApp.port_retries=0",
                                        "--ServerApp.token=" + options_.token,
                                        "--ServerApp.base_url=" + options_.base_path,
                                        "--ServerApp.root_dir=" + root_.path().string()};
  if (!options_.rate_limits) {
    arguments.push_back("--ServerApp.iopub_msg_rate_limit=0");
    arguments.push_back("--ServerApp.iopub_data_rate_limit=0");
  }
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  return arguments;
}

void RealGateway::Start() {
  const std::string home = settings_.path().string();
  ProgramSpec spec{.arguments = Arguments(), .working_dir = root_.path()};
  spec.environment = {{"HOME", home},
                      {"JUPYTER_CONFIG_DIR", home + "/config"},
                      {"JUPYTER_DATA_DIR", home + "/data"},
                      {"JUPYTER_RUNTIME_DIR", home + "/runtime"},
                      {"IPYTHONDIR", home + "/ipython"}};
  server_ = std::make_unique<ChildProcess>(std::move(spec));
  server_->AwaitOutput("is running at:");
}

std::string RealGateway::Log() const { return server_->err(); }

void RealGateway::Kill() {
  server_->Signal(SIGKILL);
  server_->Wait();
}

void RealGateway::Terminate() {
  server_->Signal(SIGTERM);
  server_->Wait();
}

void RealGateway::Freeze() { server_->Signal(SIGSTOP); }
void RealGateway::Thaw() { server_->Signal(SIGCONT); }

std::optional<pid_t> RealGateway::KernelPid(const std::string& kernel_id) const {
  const auto found = ProcessesWith("kernel-" + kernel_id + ".json");
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::vector<pid_t> RealGateway::KernelPids() const {
  return ProcessesWith((settings_ / "runtime").string() + "/kernel-");
}

std::string RealGateway::OnlyKernel() const {
  const auto pids = KernelPids();
  if (pids.size() != 1) {
    throw std::runtime_error(std::to_string(pids.size()) + " kernels live, not one");
  }
  const std::string line = CommandLine("/proc/" + std::to_string(pids.front()));
  const std::string before = "/kernel-";
  const auto at = line.find(before) + before.size();
  return line.substr(at, line.find(".json", at) - at);
}

void RealGateway::SignalKernel(const std::string& kernel_id, int signal) const {
  const auto pid = KernelPid(kernel_id);
  if (!pid) throw std::runtime_error("no process of kernel " + kernel_id);
  ::kill(*pid, signal);
}

void RealGateway::KillKernels() const {
  for (const pid_t pid : KernelPids()) EndProcess(pid);
}

}  // namespace cellar
