#include "runner/gateway/embedded_gateway.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <vector>

#include "jobs/error.h"
#include "jobs/source_text.h"
#include "runner/gateway/embedded_gateway_script.h"
#include "runner/gateway/guardian_process.h"
#include "runner/gateway/message.h"
#include "runner/gateway/python_interpreters.h"
#include "runner/gateway/use_tuple.h"
#include "runner/gateway/with_timeout.h"

namespace cellar {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kEmbeddedStartLimit{30};
constexpr std::size_t kQuoted = 500;
constexpr std::string_view kRemedy =
    "`apt install jupyter-server python3-ipykernel`, or name a gateway with --gateway";

/// The end of `text`: that is where a Python says why. Line ends and other blanks are one space.
std::string Quote(const std::string& text) {
  std::string line;
  std::istringstream words(text);
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  if (line.empty()) return "it said nothing";
  if (line.size() > kQuoted) line = "…" + line.substr(line.size() - kQuoted);
  return OneLine(line, line.size());
}

/// Sends the program and the token; `*answer` is its first line, or less when the socket ended.
asio::awaitable<void> Converse(asio::local::stream_protocol::socket& socket,
                               const std::string& token, std::string* answer) {
  const std::string sent = fmt::format("{}{}\n", kEmbeddedGatewayScript, token);
  co_await asio::async_write(socket, asio::buffer(sent), kUseTuple);
  auto buffer = asio::dynamic_buffer(*answer);
  co_await asio::async_read_until(socket, buffer, '\n', kUseTuple);
}

}  // namespace

struct EmbeddedGateway::Impl {
  asio::awaitable<std::string> StartWith(std::string interpreter);
  [[noreturn]] void Fail(const std::string& interpreter, bool in_time);

  asio::any_io_executor executor;
  std::vector<std::string> secrets;
  std::unique_ptr<GuardianProcess> process;
  GatewayAddress address;
};

EmbeddedGateway::EmbeddedGateway(asio::any_io_executor executor, std::vector<std::string> secrets)
    : impl_(new Impl) {
  impl_->executor = std::move(executor);
  impl_->secrets = std::move(secrets);
}

EmbeddedGateway::~EmbeddedGateway() = default;

asio::awaitable<void> EmbeddedGateway::Start() {
  const char* path = std::getenv("PATH");
  std::vector<std::string> failures;
  for (const std::string& interpreter : JupyterInterpreters(path == nullptr ? "" : path)) {
    const std::string missing = co_await impl_->StartWith(interpreter);
    if (missing.empty()) co_return;
    failures.push_back(fmt::format("{}: {}", interpreter, missing));
  }
  if (failures.empty()) failures.emplace_back("there is no Python");
  throw Error(ErrorKind::kGatewayUnreachable,
              fmt::format("embedded gateway: {}: {}", fmt::join(failures, "; "), kRemedy));
}

/// Returns what is missing there; empty: it runs.
asio::awaitable<std::string> EmbeddedGateway::Impl::StartWith(std::string interpreter) {
  process = std::make_unique<GuardianProcess>(executor, interpreter, kEmbeddedGatewayScript.size(),
                                              secrets);
  const std::string token = NewId() + NewId();
  std::string answer;
  const bool in_time =
      co_await WithTimeout(Converse(process->socket(), token, &answer), kEmbeddedStartLimit);
  int port = 0;
  if (std::sscanf(answer.c_str(), "ready %d\n", &port) == 1) {
    address.name = "embedded";
    address.url = fmt::format("http://127.0.0.1:{}", port);
    address.token = token;
    address.token_hint = "the embedded gateway";
    co_return "";
  }
  constexpr std::string_view kMissing = "missing ";
  if (!answer.starts_with(kMissing) || !answer.ends_with('\n')) Fail(interpreter, in_time);
  process->End();
  co_return answer.substr(kMissing.size(), answer.size() - kMissing.size() - 1);
}

void EmbeddedGateway::Impl::Fail(const std::string& interpreter, bool in_time) {
  process->End();
  const std::string end =
      in_time ? *process->Ended() : fmt::format("no answer in {} s", kEmbeddedStartLimit.count());
  throw Error(ErrorKind::kGatewayUnreachable,
              fmt::format("embedded gateway: starting jupyter-server with {}: {}: {}", interpreter,
                          end, Quote(process->LastWords())));
}

const GatewayAddress& EmbeddedGateway::address() const { return impl_->address; }

bool EmbeddedGateway::running() const { return impl_->process && !impl_->process->Ended(); }

std::string EmbeddedGateway::last_words() const {
  return impl_->process ? impl_->process->LastWords() : "";
}

}  // namespace cellar
