// REST and WebSocket against Debian's jupyter-server and ipykernel: the facts that the client is
// built on.
#include <gtest/gtest.h>

#include <filesystem>

#include "runner/gateway/gateway.h"
#include "runner/gateway/kernel_connection.h"
#include "tests/gateway/await.h"
#include "tests/support/real_gateway.h"

namespace cellar {
namespace {

using namespace std::string_literals;

class OnJupyterServerTest : public testing::Test {
 protected:
  // Tests are run one a process or all in one: each suite's server is made when it is first needed.
  static RealGateway& Server(const RealGatewayOptions& options) {
    static std::map<std::string, std::unique_ptr<RealGateway>> servers;
    std::string key = options.base_path + (options.rate_limits ? " limits" : "");
    for (const auto& argument : options.arguments) key += " " + argument;
    auto& server = servers[key];
    if (!server) server = std::make_unique<RealGateway>(options);
    return *server;
  }
  void Use(const RealGatewayOptions& options = {.base_path = "/user/ada/"}) {
    server_ = &Server(options);
    address_ = server_->Address();
    address_.name = "lab";
    address_.token_hint = "LAB_TOKEN";
    gateway_ = std::make_unique<Gateway>(io_.get_executor(), address_);
  }
  void TearDown() override {
    if (!kernel_.kernel_id.empty()) Get(gateway_->DeleteKernel(kernel_));
  }

  template <typename T>
  T Get(boost::asio::awaitable<T> work) {
    return Await(io_, std::move(work));
  }
  void Start(const std::string& working_dir = {}) {
    KernelOrder order;
    order.working_dir = working_dir;
    order.tag = "cellar-" + NewId();
    kernel_ = Get(gateway_->StartKernel(order));
    tag_ = order.tag;
    connection_ = std::make_unique<KernelConnection>(io_.get_executor(), address_,
                                                     kernel_.kernel_id, NewId());
    Get(connection_->Open());
  }
  /// The cell's streams, each chunk that the gateway itself made in brackets.
  std::string StreamsOf(const std::string& code) {
    KernelRequest request;
    request.type = "execute_request";
    request.id = NewId();
    request.content = {{"code", code}, {"silent", false}, {"allow_stdin", false}};
    Get(connection_->Send(request));
    std::string text;
    for (;;) {
      const auto received = Get(connection_->Receive());
      const auto& message = std::get<KernelMessage>(received);
      if (message.parent_id != request.id) continue;
      const auto& content = message.content;
      if (message.type == "stream") {
        const auto& chunk = content["text"].get_ref<const std::string&>();
        text += message.made_by_server ? "[" + chunk.substr(0, chunk.find('\n')) + "]" : chunk;
      }
      if (message.type == "status" && content["execution_state"] == "idle") return text;
    }
  }

  boost::asio::io_context io_{1};
  RealGateway* server_ = nullptr;
  GatewayAddress address_;
  std::unique_ptr<Gateway> gateway_;
  StartedKernel kernel_;
  std::string tag_;
  std::unique_ptr<KernelConnection> connection_;
};

TEST_F(OnJupyterServerTest, DescribesTheServer) {
  Use();
  const ServerInfo info = Get(gateway_->Describe());
  EXPECT_NE(info.version, "");
  EXPECT_TRUE(info.server_header.starts_with("TornadoServer/")) << info.server_header;
  EXPECT_TRUE(info.has_sessions);
  ASSERT_TRUE(info.clock_offset);
  EXPECT_NEAR(static_cast<double>(info.clock_offset->count()), 0, 60'000);
}

TEST_F(OnJupyterServerTest, StartsKernelsInTheDirectoryOfTheOrder) {
  Use();
  const std::filesystem::path root = server_->root().path();
  std::filesystem::create_directories(root / "data" / "raw");
  Start("data/./raw/");
  EXPECT_EQ(StreamsOf("import os; print(os.getcwd())"), (root / "data" / "raw").string() + "\n");
  const auto found = Get(gateway_->FindKernel(tag_));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kernel_id, kernel_.kernel_id);
  EXPECT_EQ(found->session_id, kernel_.session_id);
  EXPECT_EQ(Get(gateway_->GetKernel(kernel_.kernel_id))->connections, 1);
}

TEST_F(OnJupyterServerTest, FallsBackToTheNearestDirectoryThatIsThere) {
  Use();
  Start("nowhere/at/all");
  EXPECT_EQ(StreamsOf("import os; print(os.getcwd())"), server_->root().path().string() + "\n");
}

TEST_F(OnJupyterServerTest, DeletesKernelsThatAreGoneToo) {
  Use();
  Start();
  Get(gateway_->DeleteKernel(kernel_));
  Get(gateway_->DeleteKernel(kernel_));
  EXPECT_FALSE(Get(gateway_->GetKernel(kernel_.kernel_id)));
  EXPECT_FALSE(Get(gateway_->FindKernel(tag_)));
  connection_ =
      std::make_unique<KernelConnection>(io_.get_executor(), address_, kernel_.kernel_id, NewId());
  const Error error = ErrorOf([&] { Get(connection_->Open()); });
  EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::kKernelGone));
}

TEST_F(OnJupyterServerTest, EndsAKernelWhoseDeleteWasOnlySent) {
  Use();
  Start();
  Get(gateway_->SendDelete(kernel_));
  while (Get(gateway_->GetKernel(kernel_.kernel_id))) {
  }
  EXPECT_FALSE(server_->KernelPid(kernel_.kernel_id));
}

TEST_F(OnJupyterServerTest, NamesTheKernelspecs) {
  Use();
  const Error error = ErrorOf([&] { Get(gateway_->StartKernel({"pyhton", "", "t"})); });
  EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::kKernelUnavailable));
  EXPECT_EQ(error.what(), "gateway " + address_.Label() +
                              ": POST /api/sessions: no kernelspec `pyhton`; it has: ir, python3");
}

TEST_F(OnJupyterServerTest, ReportsARejectedToken) {
  Use();
  Start();
  address_.token = "wrong";
  Gateway gateway(io_.get_executor(), address_);
  const auto message_of = [&](auto work) {
    const Error error = ErrorOf(work);
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::kGatewayRefused));
    return std::string(error.what());
  };
  const std::string start = "gateway " + address_.Label() + ": ";
  const std::string end = ": 403 Forbidden: is the token in LAB_TOKEN right?";
  EXPECT_EQ(message_of([&] { Get(gateway.Describe()); }), start + "GET /api/kernelspecs" + end);
  EXPECT_EQ(message_of([&] {
              Get(gateway.StartKernel({"", "", "t"}));
            }),
            start + "POST /api/sessions" + end);
  KernelConnection connection(io_.get_executor(), address_, kernel_.kernel_id, NewId());
  EXPECT_EQ(message_of([&] { Get(connection.Open()); }),
            start + "GET /api/kernels/" + kernel_.kernel_id + "/channels" + end);
}

TEST_F(OnJupyterServerTest, SaysThatTheBasePathIsWrong) {
  Use();
  address_.url += "lab/tree";
  Gateway gateway(io_.get_executor(), address_);
  EXPECT_EQ(std::string(ErrorOf([&] { Get(gateway.Describe()); }).what()),
            "gateway " + address_.Label() +
                ": GET /api: 404 Not Found: there is no Jupyter gateway at this URL; is its base "
                "path right?");
}

TEST_F(OnJupyterServerTest, TakesTextOfEveryKind) {
  Use();
  Start();
  EXPECT_EQ(connection_->framing(), Framing::kV1);
  EXPECT_EQ(StreamsOf("print('\\udc80 \\0 \\x1b[1m \\u20ac \\U0001f600', end='')"),
            "\xef\xbf\xbd \0 \x1b[1m \xe2\x82\xac \xf0\x9f\x98\x80"s);
}

TEST_F(OnJupyterServerTest, KnowsTheGatewaysOwnMessagesInBothFramings) {
  const std::string flood = "print(('x' * 99 + chr(10)) * 60_000)";
  Use({.rate_limits = true});
  Start();
  EXPECT_EQ(connection_->framing(), Framing::kV1);
  EXPECT_EQ(StreamsOf(flood), "[IOPub data rate exceeded.]");
  Get(gateway_->DeleteKernel(kernel_));
  Use({.rate_limits = true, .arguments = {"--ServerApp.kernel_ws_protocol="}});
  Start();
  EXPECT_EQ(connection_->framing(), Framing::kDefault);
  EXPECT_EQ(StreamsOf(flood), "[IOPub data rate exceeded.]");
}

}  // namespace
}  // namespace cellar
