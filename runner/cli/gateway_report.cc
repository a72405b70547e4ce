#include "runner/cli/gateway_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cctype>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "runner/gateway/kernel_connection.h"
#include "runner/gateway/with_timeout.h"
#include "runner/review/times.h"

namespace cellar {
namespace {

using boost::asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kPrinted = 6'000'000;  // bytes: twice what 3 s of the default limit let by
constexpr char kProbeCode[] =
    "for _ in range(60): print('x' * 99_999, flush=True)  # cellar gateways --probe";
constexpr milliseconds kProbeTime = std::chrono::seconds(60);

/// The kernelspec to probe with: the default one, else any, that runs Python. Empty: none.
std::string PythonSpec(const Kernelspecs& specs) {
  const auto is_python = [](const Kernelspec& spec) { return spec.language == "python"; };
  const auto is_default = [&](const Kernelspec& spec) {
    return is_python(spec) && spec.name == specs.default_name;
  };
  auto found = std::find_if(specs.specs.begin(), specs.specs.end(), is_default);
  if (found == specs.specs.end()) {
    found = std::find_if(specs.specs.begin(), specs.specs.end(), is_python);
  }
  return found == specs.specs.end() ? "" : found->name;
}

KernelRequest Request(const char* type, nlohmann::json content) {
  KernelRequest request;
  request.type = type;
  request.id = NewId();
  request.content = std::move(content);
  return request;
}

/// What came in answer to one request, until its reply and its idle status were both there.
struct Answer {
  std::size_t stream_bytes = 0;
  bool replied = false;
  bool idle = false;

  void Take(const KernelMessage& message, const std::string& request_id) {
    if (message.parent_id != request_id) return;
    const auto text = [&](const char* key) {
      const auto found = message.content.find(key);
      return found != message.content.end() && found->is_string() ? found->get<std::string>() : "";
    };
    if (message.type == "stream" && !message.made_by_server) stream_bytes += text("text").size();
    if (message.type == "status" && text("execution_state") == "idle") idle = true;
    if (message.channel == Channel::kShell) replied = true;
  }
};

awaitable<Answer> AnswerTo(KernelConnection& connection, KernelRequest request) {
  Answer answer;
  const std::string id = request.id;
  co_await connection.Send(std::move(request));
  while (!answer.replied || !answer.idle) {
    const auto received = co_await connection.Receive();
    if (const auto* message = std::get_if<KernelMessage>(&received)) answer.Take(*message, id);
  }
  co_return answer;
}

awaitable<void> ProbeKernel(KernelConnection& connection, steady_clock::time_point ordered,
                            KernelProbe* probe) {
  co_await connection.Open();
  KernelRequest first = Request("kernel_info_request", nlohmann::json::object());
  co_await AnswerTo(connection, std::move(first));
  probe->start = std::chrono::duration_cast<milliseconds>(steady_clock::now() - ordered);
  probe->framing = connection.framing();
  nlohmann::json content;
  content["code"] = kProbeCode;
  content["silent"] = false;
  content["store_history"] = false;
  content["user_expressions"] = nlohmann::json::object();
  content["allow_stdin"] = false;
  content["stop_on_error"] = true;
  KernelRequest cell = Request("execute_request", std::move(content));
  const Answer answer = co_await AnswerTo(connection, std::move(cell));
  probe->drops_output = answer.stream_bytes < kPrinted;
}

awaitable<void> ProbeStartedKernel(const Gateway& gateway, const StartedKernel& kernel,
                                   steady_clock::time_point ordered, KernelProbe* probe) {
  const auto executor = co_await boost::asio::this_coro::executor;
  KernelConnection connection(executor, gateway.address(), kernel.kernel_id, NewId());
  try {
    auto work = ProbeKernel(connection, ordered, probe);
    const bool in_time = co_await WithTimeout(std::move(work), kProbeTime);
    if (!in_time) probe->fault = fmt::format("no end within {} s", kProbeTime / milliseconds(1000));
  } catch (const Error& error) {
    probe->fault = error.what();
  }
  connection.Close();
}

/// The kernel of a probe in the store, so that it is ended also after we were killed.
class KernelRow {
 public:
  KernelRow(Store* store, const GatewayAddress& address, const KernelOrder& order) : store_(store) {
    if (store_ == nullptr) return;
    KernelRecord kernel;
    kernel.gateway = address.name.empty() ? address.url : address.name;
    kernel.url = address.url;
    kernel.tag = order.tag;
    kernel.kernelspec = order.kernelspec;
    kernel.created_at = Now();
    row_ = store_->RecordKernelIntent(kernel, std::nullopt);
  }

  void Started(const StartedKernel& kernel) {
    if (store_ != nullptr) store_->RecordKernelStarted(row_, kernel.kernel_id, kernel.session_id);
  }
  void Gone() {
    if (store_ != nullptr) store_->RecordKernelGone(row_);
  }

 private:
  Store* store_;
  KernelRowId row_;
};

awaitable<KernelProbe> Probe(Gateway& gateway, const Kernelspecs& specs, Store* store) {
  KernelProbe probe;
  probe.kernelspec = PythonSpec(specs);
  if (probe.kernelspec.empty()) {
    probe.fault = "it has no Python kernel to probe with";
    co_return probe;
  }
  const auto ordered = steady_clock::now();
  KernelOrder order;
  order.kernelspec = probe.kernelspec;
  order.tag = "cellar-probe-" + NewId();
  KernelRow row(store, gateway.address(), order);
  try {
    const StartedKernel kernel = co_await gateway.StartKernel(order);
    row.Started(kernel);
    co_await ProbeStartedKernel(gateway, kernel, ordered, &probe);
    co_await gateway.DeleteKernel(kernel);
    row.Gone();
  } catch (const Error& error) {
    probe.fault = error.what();
  }
  co_return probe;
}

std::string ShownUrl(GatewayAddress address) {
  address.name.clear();
  return address.Label();
}

}  // namespace

awaitable<GatewayReport> AskGateway(boost::asio::any_io_executor executor,
                                    GatewayQuestion question) {
  GatewayReport report;
  report.name = question.address.name;
  report.url = ShownUrl(question.address);
  Gateway gateway(executor, std::move(question.address));
  try {
    report.server = co_await gateway.Describe();
    report.kernelspecs = co_await gateway.ListKernelspecs();
    if (question.with_probe) {
      KernelProbe probe = co_await Probe(gateway, report.kernelspecs, question.store);
      report.probe = std::move(probe);
    }
  } catch (const Error& error) {
    report.fault = error.what();
  }
  co_return report;
}

}  // namespace cellar
