// An exported page in Debian's Chromium: hostile outputs run nothing there and load nothing.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "tests/cli/cli_fixture.h"

namespace cellar {
namespace {

/// A loopback port; whoever connects is noticed, and turned away.
class Trap {
 public:
  Trap() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(socket_, 16) != 0 ||
        getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no loopback port");
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    door_ = std::thread([this] { TurnAway(); });
  }
  ~Trap() {
    shutdown(socket_, SHUT_RDWR);  // ends accept
    door_.join();
    close(socket_);
  }
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;

  const std::string& url() const { return url_; }
  /// True when somebody has connected since it was made.
  bool WasVisited() const { return visits_ > 0; }

 private:
  void TurnAway() {
    for (int visitor = accept(socket_, nullptr, nullptr); visitor >= 0;
         visitor = accept(socket_, nullptr, nullptr)) {
      ++visits_;
      close(visitor);
    }
  }

  int socket_;
  std::string url_;
  std::atomic<int> visits_ = 0;
  std::thread door_;
};

class PageInBrowserTest : public CliTest {
 protected:
  /// The page's document as it stands when it has been loaded and its scripts, if any, have run.
  std::string Opened(const std::string& file) const {
    ProgramSpec spec;
    spec.arguments = {"/usr/bin/chromium",
                      "--headless",
                      "--no-sandbox",
                      "--disable-gpu",
                      "--disable-dev-shm-usage",
                      "--no-first-run",
                      "--disable-background-networking",
                      "--user-data-dir=" + (folder_ / "profile").string(),
                      "--virtual-time-budget=3000",
                      "--dump-dom",
                      "file://" + (folder_ / file).string()};
    spec.environment = {{"HOME", folder_.path().string()}};
    const ProgramResult result = RunProgram(spec);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  /// What such outputs would do in a page that let them: change its title, and load something.
  std::vector<std::string> HostileHtml() const {
    return {"<script>top.document.title = 'broken'</script>",
            "<img src=x onerror=\"top.document.title = 'broken'\">",
            "<img src=\"" + trap_.url() + "img\">",
            "<link rel=stylesheet href=\"" + trap_.url() + "css\">",
            "<style>@import url(" + trap_.url() + "import); body { background: url(" + trap_.url() +
                "background) }</style>",
            "<iframe src=\"" + trap_.url() + "frame\"></iframe>",
            "<IFrame loading=lazy src=\"" + trap_.url() + "lazy\"></IFrame>",
            "<link rel=preconnect href=\"" + trap_.url() + "\">",
            "<frameset><frame src=\"" + trap_.url() + "set\"></frameset>",
            "<object data=\"" + trap_.url() + "object\"></object>",
            "<embed src=\"" + trap_.url() + "embed\">",
            "<video src=\"" + trap_.url() + "video\" autoplay></video>",
            "<meta http-equiv=refresh content=\"0; url=" + trap_.url() + "refresh\">",
            "<svg onload=\"top.document.title = 'broken'\"><image href=\"" + trap_.url() +
                "svg\"/></svg>"};
  }

  static std::string Display(const std::string& type, const std::string& text) {
    return nlohmann::ordered_json{{"output_type", "display_data"},
                                  {"metadata", nlohmann::ordered_json::object()},
                                  {"data", {{type, text}}}}
        .dump();
  }

  Trap trap_;
};

TEST_F(PageInBrowserTest, WouldBeBrokenByHostileHtmlThatStoodInItBare) {
  std::string page = "<!doctype html><title>whole</title>";
  for (const std::string& html : HostileHtml()) {
    if (html.rfind("<meta", 0) != 0) page += html;
  }
  folder_.Write("bare.html", page);
  EXPECT_NE(Opened("bare.html").find("<title>broken</title>"), std::string::npos);
  EXPECT_TRUE(trap_.WasVisited());
}

TEST_F(PageInBrowserTest, RunsAndLoadsNothingOfWhatOutputsHold) {
  Store store = OpenStore();
  std::vector<std::string> outputs;
  for (const std::string& html : HostileHtml()) {
    outputs.push_back(Display("text/html", html));
    outputs.push_back(Display("text/markdown", html));
    outputs.push_back(Display("text/markdown", "![x](" + trap_.url() + "md) " + html));
    outputs.push_back(
        Display("image/svg+xml", "<svg xmlns=\"http://www.w3.org/2000/svg\">" + html + "</svg>"));
    outputs.push_back(Display("text/plain", html));
    outputs.push_back(Display("application/javascript", "top.document.title = 'broken'"));
  }
  MakeRunWithOutputs(store, "hostile", outputs);
  ASSERT_EQ(Cellar({"export", "1", "-o", "page.html"}).exit_code, 0);
  const std::string opened = Opened("page.html");
  EXPECT_NE(opened.find("<title>hostile: run 1 succeeded</title>"), std::string::npos);
  EXPECT_NE(opened.find("</footer>"), std::string::npos);  // all of it is there
  EXPECT_FALSE(trap_.WasVisited());
}

}  // namespace
}  // namespace cellar
