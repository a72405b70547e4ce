// What a gateway can deliver at best: starts a kernel, sends one execute_request, and reads frames
// until the cell's reply and idle have come. Looks for a few words in each frame, parses nothing,
// keeps nothing. Usage: bare_reader PORT < CODE, with the token in CELLAR_TOKEN.
// Prints: bytes of all frames, bytes of the largest one, milliseconds from request to end.
#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using WebSocket = beast::websocket::stream<tcp::socket>;

namespace {

constexpr char kRequestId[] = "bare-reader-request";

struct Count {
  std::size_t bytes = 0;
  std::size_t largest = 0;
  std::chrono::duration<double, std::milli> time{0};
};

tcp::socket Connect(asio::io_context& context, const std::string& port) {
  tcp::socket socket(context);
  asio::connect(socket, tcp::resolver(context).resolve("127.0.0.1", port));
  socket.set_option(tcp::no_delay(true));
  return socket;
}

/// The answer's body. A DELETE is not waited for: it takes most of a second.
std::string Ask(asio::io_context& context, const std::string& port, http::verb verb,
                const std::string& path, const std::string& body) {
  tcp::socket socket = Connect(context, port);
  http::request<http::string_body> request(verb, path, 11);
  request.set(http::field::host, "127.0.0.1:" + port);
  request.set(http::field::authorization, "token " + std::string(std::getenv("CELLAR_TOKEN")));
  request.body() = body;
  request.prepare_payload();
  http::write(socket, request);
  if (verb == http::verb::delete_) return "";
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response);
  if (response.result_int() >= 300) throw std::runtime_error(path + ": " + response.body());
  return response.body();
}

std::string StartKernel(asio::io_context& context, const std::string& port) {
  std::string model =
      Ask(context, port, http::verb::post, "/api/kernels", R"({"name": "python3"})");
  constexpr std::string_view kKey = "\"id\": \"";
  return model.substr(model.find(kKey) + kKey.size(), 36);  // a UUID
}

std::string Escaped(const std::string& code) {
  std::string text;
  for (char c : code) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

/// One frame of v1.kernel.websocket.jupyter.org: a count, its offsets, then channel, header,
/// parent, metadata and content. The fastest of the two framings for the server, too.
std::string ExecuteRequest(const std::string& code) {
  const std::string parts[] = {
      "shell",
      R"({"msg_id":")" + std::string(kRequestId) +
          R"(","session":"bare","username":"","msg_type":"execute_request","version":"5.3",)"
          R"("date":"2000-01-01T00:00:00Z"})",
      "{}", "{}",
      R"({"code":")" + Escaped(code) +
          R"(","silent":false,"store_history":true,"user_expressions":{},"allow_stdin":false,)"
          R"("stop_on_error":true})"};
  std::string frame;
  auto append = [&frame](std::uint64_t number) {  // little-endian
    for (int i = 0; i < 8; ++i) frame += static_cast<char>(number >> (8 * i));
  };
  std::uint64_t offset = 8 * (std::size(parts) + 2);
  append(std::size(parts) + 1);
  append(offset);
  for (const std::string& part : parts) append(offset += part.size());
  for (const std::string& part : parts) frame += part;
  return frame;
}

bool Has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

Count Execute(WebSocket& socket, const std::string& code) {
  auto start = std::chrono::steady_clock::now();
  socket.binary(true);
  socket.write(asio::buffer(ExecuteRequest(code)));
  Count count;
  beast::flat_buffer buffer;
  for (bool replied = false, idle = false; !replied || !idle;) {
    // Linux resets it; without it every small frame of the server waits for a delayed ACK.
    int on = 1;
    ::setsockopt(socket.next_layer().native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    buffer.clear();
    count.largest = std::max(count.largest, socket.read(buffer));
    std::string_view frame(static_cast<const char*>(buffer.data().data()), buffer.size());
    count.bytes += frame.size();
    if (frame.size() > 10'000 || !Has(frame, kRequestId)) continue;  // output, or not ours
    replied = replied || Has(frame, "\"execute_reply\"");
    idle = idle || Has(frame, "\"idle\"");
  }
  count.time = std::chrono::steady_clock::now() - start;
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !std::getenv("CELLAR_TOKEN")) {
    std::cerr << "usage: CELLAR_TOKEN=… bare_reader PORT < CODE\n";
    return 2;
  }
  try {
    std::string port = argv[1];
    std::string code{std::istreambuf_iterator<char>(std::cin), {}};
    asio::io_context context;
    std::string kernel = StartKernel(context, port);
    WebSocket socket(Connect(context, port));
    socket.read_message_max(0);
    socket.set_option(beast::websocket::stream_base::decorator([](auto& request) {
      request.set(http::field::authorization, "token " + std::string(std::getenv("CELLAR_TOKEN")));
      request.set(http::field::sec_websocket_protocol, "v1.kernel.websocket.jupyter.org");
    }));
    socket.handshake("127.0.0.1:" + port, "/api/kernels/" + kernel + "/channels?session_id=bare");
    Count count = Execute(socket, code);
    std::printf("%zu %zu %.1f\n", count.bytes, count.largest, count.time.count());
    Ask(context, port, http::verb::delete_, "/api/kernels/" + kernel, "");
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bare_reader: " << error.what() << "\n";
    return 1;
  }
}
