#include "runner/gateway/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "jobs/error.h"
#include "jobs/json_text.h"
#include "jobs/source_text.h"
#include "runner/gateway/gateway_http.h"
#include "runner/gateway/http_failure.h"
#include "runner/gateway/http_time.h"
#include "runner/gateway/not_connected.h"
#include "runner/gateway/one_at_a_time.h"
#include "runner/gateway/url.h"

namespace cellar {

namespace asio = boost::asio;
using nlohmann::json;

namespace {

constexpr int kDeepestJson = 500;
// A creation that fails after so long would cost those behind it as much, one after the other.
constexpr std::chrono::seconds kSlowFailure{5};

std::string StringAt(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

json ObjectAt(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_object() ? *found : json::object();
}

Kernelspec ToKernelspec(const std::string& name, const json& entry) {
  const json spec = ObjectAt(entry, "spec");
  Kernelspec kernelspec;
  kernelspec.name = name;
  kernelspec.display_name = StringAt(spec, "display_name");
  kernelspec.language = StringAt(spec, "language");
  kernelspec.interrupt_mode = StringAt(spec, "interrupt_mode");
  if (kernelspec.interrupt_mode.empty()) kernelspec.interrupt_mode = "signal";
  return kernelspec;
}

Kernelspecs ToKernelspecs(const json& listing) {
  Kernelspecs kernelspecs;
  kernelspecs.default_name = StringAt(listing, "default");
  const json entries = ObjectAt(listing, "kernelspecs");
  for (const auto& [name, entry] : entries.items()) {
    kernelspecs.specs.push_back(ToKernelspec(name, entry));
  }
  return kernelspecs;
}

KernelModel ToKernelModel(const json& model) {
  KernelModel kernel;
  kernel.id = StringAt(model, "id");
  kernel.name = StringAt(model, "name");
  kernel.execution_state = StringAt(model, "execution_state");
  const auto connections = model.find("connections");
  if (connections != model.end() && connections->is_number_integer()) {
    kernel.connections = connections->get<int>();
  }
  return kernel;
}

// Relative to the server's root and without `.` and `..`, which a server would answer with a
// directory of its own choice.
std::string CleanDirectory(const std::string& working_dir) {
  if (const auto at = FindInvalidUtf8(working_dir)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("working_dir `{}…` is not UTF-8 from there on: gateways take no other "
                            "names of folders",
                            working_dir.substr(0, *at)));
  }
  std::vector<std::string> parts;
  std::istringstream stream(working_dir);
  for (std::string part; std::getline(stream, part, '/');) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    } else {
      throw Error(
          ErrorKind::kUsage,
          fmt::format("working_dir `{}` leads out of the gateway's root directory; give one "
                      "inside it",
                      working_dir));
    }
  }
  return fmt::format("{}", fmt::join(parts, "/"));
}

std::optional<std::chrono::milliseconds> ClockOffset(const std::string& date) {
  const auto theirs = ParseHttpTime(date);
  if (!theirs) return std::nullopt;
  return *theirs - std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

HttpRequest Get(std::string path) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  return request;
}

HttpRequest Post(std::string path, const json& body) {
  HttpRequest request;
  request.method = "POST";
  request.path = std::move(path);
  if (!body.is_null()) request.body = body.dump();
  return request;
}

HttpRequest Delete(std::string path) {
  HttpRequest request;
  request.method = "DELETE";
  request.path = std::move(path);
  return request;
}

std::string KernelPath(const std::string& kernel_id) {
  return "/api/kernels/" + PercentEncode(kernel_id);
}

// Of the session where there is one: its kernel goes with it.
HttpRequest DeleteRequest(const StartedKernel& kernel) {
  if (kernel.session_id.empty()) return Delete(KernelPath(kernel.kernel_id));
  return Delete("/api/sessions/" + PercentEncode(kernel.session_id));
}

bool IsMissingRoute(const HttpAnswer& answer) {
  return answer.status == 404 || answer.status == 405;
}

}  // namespace

struct Gateway::Impl {
  Impl(asio::any_io_executor executor, GatewayAddress address)
      : http(executor, std::move(address)), starting(executor) {}

  asio::awaitable<json> AskForJson(HttpRequest request);
  json ParseAnswer(const HttpRequest& request, const HttpAnswer& answer) const;
  Error Failure(const HttpRequest& request, const HttpAnswer& answer) const {
    return HttpFailure(http.address(), request, answer);
  }
  asio::awaitable<bool> FindSessions();
  HttpRequest SessionRequest(const KernelOrder& order) const;
  HttpRequest KernelRequest(const KernelOrder& order) const;
  StartedKernel ReadSession(const HttpRequest& request, const HttpAnswer& answer) const;
  StartedKernel ReadKernel(const HttpRequest& request, const HttpAnswer& answer) const;
  asio::awaitable<StartedKernel> StartKernel(const KernelOrder& order);
  asio::awaitable<void> ThrowStartFailure(HttpRequest request, HttpAnswer answer,
                                          std::string kernelspec);

  GatewayHttp http;
  OneAtATime starting;
  std::optional<bool> has_sessions;  // nullopt: not asked yet
  std::uint64_t slow_failures = 0;   // of creations: the gateway hangs
  std::string last_slow_failure;
};

json Gateway::Impl::ParseAnswer(const HttpRequest& request, const HttpAnswer& answer) const {
  json parsed;
  if (!answer.ok() || ParseJson(answer.body, kDeepestJson, &parsed)) {
    throw Failure(request, answer);
  }
  return parsed;
}

asio::awaitable<json> Gateway::Impl::AskForJson(HttpRequest request) {
  const HttpAnswer answer = co_await http.Ask(request);
  co_return ParseAnswer(request, answer);
}

// Kernel Gateway without list_kernels answers 403 here, as Jupyter Server does to a wrong token:
// only another request tells which.
asio::awaitable<bool> Gateway::Impl::FindSessions() {
  const HttpRequest request = Get("/api/sessions");
  const HttpAnswer answer = co_await http.Ask(request);
  if (answer.status == 403) {
    co_await AskForJson(Get("/api/kernelspecs"));
  } else if (!IsMissingRoute(answer)) {
    ParseAnswer(request, answer);
  }
  has_sessions = answer.ok();
  co_return answer.ok();
}

HttpRequest Gateway::Impl::SessionRequest(const KernelOrder& order) const {
  const std::string directory = CleanDirectory(order.working_dir);
  json body = {{"name", order.tag}, {"type", "notebook"}, {"kernel", json::object()}};
  // The kernel's directory is the path's parent (jupyter_server 1.23.3, get_kernel_path).
  body["path"] = directory.empty() ? order.tag : directory + "/" + order.tag;
  if (!order.kernelspec.empty()) body["kernel"]["name"] = order.kernelspec;
  HttpRequest request = Post("/api/sessions", body);
  request.limit = kStartLimit;
  return request;
}

HttpRequest Gateway::Impl::KernelRequest(const KernelOrder& order) const {
  json body = json::object();
  const std::string directory = CleanDirectory(order.working_dir);
  if (!order.kernelspec.empty()) body["name"] = order.kernelspec;
  if (!directory.empty()) body["path"] = directory;
  // Even an empty `env` replaces the kernel's whole environment (kernel_gateway).
  if (!http.address().env.empty()) body["env"] = http.address().env;
  HttpRequest request = Post("/api/kernels", body);
  request.limit = kStartLimit;
  return request;
}

StartedKernel Gateway::Impl::ReadSession(const HttpRequest& request,
                                         const HttpAnswer& answer) const {
  const json model = ParseAnswer(request, answer);
  StartedKernel kernel;
  kernel.session_id = StringAt(model, "id");
  kernel.kernel_id = StringAt(ObjectAt(model, "kernel"), "id");
  kernel.kernelspec = StringAt(ObjectAt(model, "kernel"), "name");
  if (kernel.kernel_id.empty() || kernel.session_id.empty()) throw Failure(request, answer);
  return kernel;
}

StartedKernel Gateway::Impl::ReadKernel(const HttpRequest& request,
                                        const HttpAnswer& answer) const {
  StartedKernel kernel;
  const json model = ParseAnswer(request, answer);
  kernel.kernel_id = StringAt(model, "id");
  kernel.kernelspec = StringAt(model, "name");
  if (kernel.kernel_id.empty()) throw Failure(request, answer);
  return kernel;
}

asio::awaitable<void> Gateway::Impl::ThrowStartFailure(HttpRequest request, HttpAnswer answer,
                                                       std::string kernelspec) {
  if (!SaysNoSuchKernelspec(answer)) throw Failure(request, answer);
  const Kernelspecs there = ToKernelspecs(co_await AskForJson(Get("/api/kernelspecs")));
  std::vector<std::string> names;
  for (const Kernelspec& spec : there.specs) names.push_back(spec.name);
  if (kernelspec.empty()) kernelspec = there.default_name;
  throw NoSuchKernelspec(http.address(), request, kernelspec, names);
}

Gateway::Gateway(asio::any_io_executor executor, GatewayAddress address)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(address))) {}

Gateway::~Gateway() = default;

const GatewayAddress& Gateway::address() const { return impl_->http.address(); }

asio::awaitable<ServerInfo> Gateway::Describe() {
  const HttpRequest request = Get("/api");
  const HttpAnswer answer = co_await impl_->http.Ask(request);
  ServerInfo info;
  info.version = StringAt(impl_->ParseAnswer(request, answer), "version");
  info.server_header = answer.server;
  info.clock_offset = ClockOffset(answer.date);
  info.has_sessions = co_await impl_->FindSessions();
  co_return info;
}

asio::awaitable<Kernelspecs> Gateway::ListKernelspecs() {
  co_return ToKernelspecs(co_await impl_->AskForJson(Get("/api/kernelspecs")));
}

asio::awaitable<StartedKernel> Gateway::StartKernel(KernelOrder order) {
  const std::uint64_t failures_before = impl_->slow_failures;
  const auto turn = co_await impl_->starting.Enter();
  if (impl_->slow_failures != failures_before) {
    throw NotConnected(ErrorKind::kGatewayUnreachable, impl_->last_slow_failure);
  }
  if (order.on_ask) order.on_ask();
  const auto begin = std::chrono::steady_clock::now();
  try {
    co_return co_await impl_->StartKernel(order);
  } catch (const Error& error) {
    if (std::chrono::steady_clock::now() - begin >= kSlowFailure) {
      ++impl_->slow_failures;
      impl_->last_slow_failure = error.what();
    }
    throw;
  }
}

asio::awaitable<StartedKernel> Gateway::Impl::StartKernel(const KernelOrder& order) {
  // /api/sessions knows no `env`; only gateways that have their directory elsewhere heed it.
  if (http.address().env.empty() && has_sessions.value_or(true)) {
    const HttpRequest request = SessionRequest(order);
    const HttpAnswer answer = co_await http.Ask(request);
    if (answer.ok()) co_return ReadSession(request, answer);
    if (!IsMissingRoute(answer)) co_await ThrowStartFailure(request, answer, order.kernelspec);
    has_sessions = false;
  }
  const HttpRequest request = KernelRequest(order);
  const HttpAnswer answer = co_await http.Ask(request);
  if (!answer.ok()) co_await ThrowStartFailure(request, answer, order.kernelspec);
  co_return ReadKernel(request, answer);
}

asio::awaitable<std::optional<StartedKernel>> Gateway::FindKernel(std::string tag) {
  const HttpRequest request = Get("/api/sessions");
  const HttpAnswer answer = co_await impl_->http.Ask(request);
  if (IsMissingRoute(answer)) co_return std::nullopt;
  const json sessions = impl_->ParseAnswer(request, answer);
  for (const json& session : sessions) {
    const std::string path = StringAt(session, "path");
    if (path != tag && !path.ends_with("/" + tag)) continue;
    StartedKernel kernel;
    kernel.session_id = StringAt(session, "id");
    kernel.kernel_id = StringAt(ObjectAt(session, "kernel"), "id");
    co_return kernel;
  }
  co_return std::nullopt;
}

asio::awaitable<std::optional<KernelModel>> Gateway::GetKernel(std::string kernel_id) {
  const HttpRequest request = Get(KernelPath(kernel_id));
  const HttpAnswer answer = co_await impl_->http.Ask(request);
  if (SaysGone(answer)) co_return std::nullopt;
  co_return ToKernelModel(impl_->ParseAnswer(request, answer));
}

asio::awaitable<void> Gateway::Interrupt(std::string kernel_id) {
  const HttpRequest request = Post(KernelPath(kernel_id) + "/interrupt", nullptr);
  const HttpAnswer answer = co_await impl_->http.Ask(request);
  if (!answer.ok()) throw impl_->Failure(request, answer);
}

asio::awaitable<void> Gateway::DeleteKernel(StartedKernel kernel) {
  HttpRequest request = DeleteRequest(kernel);
  HttpAnswer answer = co_await impl_->http.Ask(request);
  // 410: the kernel went before its session did. 404: the session is not there, its kernel may be.
  if (!kernel.session_id.empty() && (SaysGone(answer) || answer.status == 410)) {
    request = Delete(KernelPath(kernel.kernel_id));
    answer = co_await impl_->http.Ask(request);
  }
  if (!answer.ok() && !SaysGone(answer)) throw impl_->Failure(request, answer);
}

asio::awaitable<void> Gateway::SendDelete(StartedKernel kernel) {
  co_await impl_->http.Send(DeleteRequest(kernel));
}

}  // namespace cellar
