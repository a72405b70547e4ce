#include "tests/support/gateway_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <set>
#include <stdexcept>
#include <utility>

#include "jobs/error.h"
#include "runner/gateway/gateway_http.h"

namespace cellar {

namespace asio = boost::asio;
constexpr std::chrono::minutes kBound{1};

namespace {

// What a cell's messages look like to a reader. Foreign ones: only those about the kernel itself.
class Transcript {
 public:
  void Begin(std::string request_id) {
    earlier_.insert(std::exchange(request_id_, std::move(request_id)));
    iopub_.clear();
    reply_.clear();
    stream_.clear();
    of_earlier_.clear();
    idle_ = false;
  }

  void Take(const KernelMessage& message) {
    if (message.parent_id == request_id_ && !request_id_.empty()) {
      TakeOwn(message);
    } else if (!message.parent_id.empty() && earlier_.count(message.parent_id) > 0) {
      of_earlier_ += message.type + "\n";
    } else if (message.type == "shutdown_reply") {
      Line(message.content.value("restart", false) ? "kernel restarts" : "kernel ends");
    } else if (message.type == "status" && message.parent_id.empty() && message.made_by_server) {
      Line("server: " + message.content.value("execution_state", ""));
    }
  }

  bool done() const { return idle_ && !reply_.empty(); }
  const std::string& iopub() const { return iopub_; }
  const std::string& reply() const { return reply_; }
  std::string text() const { return iopub_ + reply_; }
  const std::string& of_earlier() const { return of_earlier_; }
  void Line(const std::string& line) {
    stream_.clear();
    iopub_ += line + "\n";
  }

 private:
  void TakeOwn(const KernelMessage& message) {
    const auto& content = message.content;
    if (message.type == "execute_reply") {
      reply_ = "reply " + content.value("status", "") + "\n";
      if (content.contains("ename")) reply_.insert(reply_.size() - 1, " " + Text(content, "ename"));
    } else if (message.type == "status") {
      Line("status " + Text(content, "execution_state"));
      if (content["execution_state"] == "idle") idle_ = true;
    } else if (message.type == "stream") {
      TakeStream(Text(content, "name"), Text(content, "text"));
    } else if (message.type == "error") {
      Line("error " + Text(content, "ename"));
    } else if (content.contains("data")) {
      Line(message.type + ": " + Text(content["data"], "text/plain"));
    } else {
      Line(message.type);
    }
  }

  void TakeStream(const std::string& name, const std::string& text) {
    if (stream_ == name) {
      iopub_.pop_back();
      iopub_ += text + "\n";
    } else {
      Line(name + ": " + text);
      stream_ = name;
    }
  }

  static std::string Text(const nlohmann::json& content, const char* key) {
    return content.value(key, "");
  }

  std::string request_id_;
  std::set<std::string> earlier_;
  std::string of_earlier_;
  std::string iopub_;
  std::string reply_;
  std::string stream_;  // the name of the stream that the last line is of
  bool idle_ = false;
};

}  // namespace

struct GatewayClient::Impl {
  explicit Impl(GatewayAddress address)
      : gateway(io.get_executor(), address), http(io.get_executor(), address) {}

  template <typename T>
  T Run(asio::awaitable<T> work) {
    auto result = asio::co_spawn(io, std::move(work), asio::use_future);
    const auto deadline = std::chrono::steady_clock::now() + kBound;
    io.restart();
    while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      if (io.run_one_until(deadline) > 0) continue;
      throw std::runtime_error("test client: nothing came; so far:\n" + transcript.text());
    }
    return result.get();
  }

  void TakeOne() {
    const auto received = Run(connection->Receive());
    if (const auto* fault = std::get_if<FrameFault>(&received)) {
      transcript.Line("fault: " + fault->what);
      return;
    }
    const auto& message = std::get<KernelMessage>(received);
    if (!message.made_by_server) kernel_session = message.session;
    if (message.channel == Channel::kControl) control_reply_to = message.parent_id;
    transcript.Take(message);
  }

  asio::io_context io{1};
  Gateway gateway;
  GatewayHttp http;
  std::unique_ptr<KernelConnection> connection;
  Transcript transcript;
  std::string kernel_session;
  std::string control_reply_to;  // the request that the latest message on control answers
};

GatewayClient::GatewayClient(GatewayAddress address)
    : impl_(std::make_unique<Impl>(std::move(address))) {}

GatewayClient::~GatewayClient() = default;

StartedKernel GatewayClient::Start(const std::string& tag, const std::string& kernelspec) {
  return impl_->Run(impl_->gateway.StartKernel({kernelspec, "", tag}));
}

std::optional<KernelModel> GatewayClient::Model(const StartedKernel& kernel) {
  return impl_->Run(impl_->gateway.GetKernel(kernel.kernel_id));
}

void GatewayClient::Interrupt(const StartedKernel& kernel) {
  impl_->Run(impl_->gateway.Interrupt(kernel.kernel_id));
}

void GatewayClient::Delete(const StartedKernel& kernel) {
  impl_->Run(impl_->gateway.DeleteKernel(kernel));
}

void GatewayClient::Restart(const StartedKernel& kernel) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/kernels/" + kernel.kernel_id + "/restart";
  const HttpAnswer answer = impl_->Run(impl_->http.Ask(request));
  if (!answer.ok()) throw std::runtime_error("restart: " + std::to_string(answer.status));
}

void GatewayClient::AwaitModel(const StartedKernel& kernel, const std::string& state,
                               int connections) {
  const auto deadline = std::chrono::steady_clock::now() + kBound;
  while (true) {
    const auto model = Model(kernel);
    if (model && model->execution_state == state &&
        (connections < 0 || model->connections == connections)) {
      return;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("test client: the kernel is never " + state);
    }
  }
}

void GatewayClient::Connect(const StartedKernel& kernel, const std::string& session_id) {
  Drop();
  impl_->connection = std::make_unique<KernelConnection>(
      impl_->io.get_executor(), impl_->gateway.address(), kernel.kernel_id, session_id);
  impl_->Run(impl_->connection->Open());
}

void GatewayClient::Drop() {
  if (impl_->connection == nullptr) return;
  impl_->connection->Close();
  impl_->connection.reset();
}

Framing GatewayClient::framing() const { return impl_->connection->framing(); }

void GatewayClient::Execute(const std::string& code) {
  KernelRequest request;
  request.type = "execute_request";
  request.id = NewId();
  request.content = {{"code", code},          {"silent", false},
                     {"store_history", true}, {"user_expressions", nlohmann::json::object()},
                     {"allow_stdin", false},  {"stop_on_error", true}};
  impl_->transcript.Begin(request.id);
  impl_->Run(impl_->connection->Send(request));
}

std::string GatewayClient::ReadCell() {
  while (!impl_->transcript.done()) impl_->TakeOne();
  return impl_->transcript.text();
}

std::string GatewayClient::ReadReply() {
  while (impl_->transcript.reply().empty()) impl_->TakeOne();
  return impl_->transcript.reply();
}

std::string GatewayClient::ReadTo(const std::string& text) {
  while (impl_->transcript.iopub().find(text) == std::string::npos) impl_->TakeOne();
  return impl_->transcript.text();
}

std::string GatewayClient::ReadToEnd() {
  try {
    while (true) impl_->TakeOne();
  } catch (const Error& error) {
    return impl_->transcript.text() + "end: " + error.what() + "\n";
  }
}

void GatewayClient::AskOnControl() {
  KernelRequest request;
  request.channel = Channel::kControl;
  request.type = "kernel_info_request";
  request.id = NewId();
  impl_->Run(impl_->connection->Send(request));
  impl_->control_reply_to.clear();
  while (impl_->control_reply_to != request.id) impl_->TakeOne();
}

const std::string& GatewayClient::Earlier() const { return impl_->transcript.of_earlier(); }

const std::string& GatewayClient::kernel_session() const { return impl_->kernel_session; }

}  // namespace cellar
