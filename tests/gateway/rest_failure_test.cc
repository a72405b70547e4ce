#include <gtest/gtest.h>

#include "runner/gateway/http_failure.h"

namespace cellar {
namespace {

std::string_view WordOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kGatewayUnreachable:
      return "unreachable";
    case ErrorKind::kGatewayRefused:
      return "refused";
    case ErrorKind::kGatewayBusy:
      return "busy";
    case ErrorKind::kKernelUnavailable:
      return "kernel unavailable";
    case ErrorKind::kKernelGone:
      return "kernel gone";
    default:
      return "another kind";
  }
}

GatewayAddress Lab() {
  GatewayAddress address;
  address.name = "lab";
  address.url = "https://lab.example/base";
  address.token = "s3cret";
  address.token_hint = "LAB_TOKEN";
  return address;
}

struct Answered {
  int status;
  std::string reason;
  std::string body;
  std::string content_type = "application/json";
  std::string location = {};
};

// The message without the gateway's and the request's names, behind the kind's word.
std::string Judged(const std::string& method, const std::string& path, const Answered& answered,
                   const GatewayAddress& address = Lab()) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  HttpAnswer answer;
  answer.status = answered.status;
  answer.reason = answered.reason;
  answer.body = answered.body;
  answer.content_type = answered.content_type;
  answer.location = answered.location;
  const Error error = HttpFailure(address, request, answer);
  const std::string start = "gateway " + address.Label() + ": " + method + " " + path + ": ";
  const std::string what = error.what();
  EXPECT_EQ(what.substr(0, start.size()), start);
  return std::string(WordOf(error.kind())) + ": " + what.substr(start.size());
}

std::string OnPost(const Answered& answered) { return Judged("POST", "/api/kernels", answered); }
std::string OnGet(const Answered& answered) { return Judged("GET", "/api/kernelspecs", answered); }

TEST(HttpFailureTest, NamesGatewayAndRequest) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/kernels";
  EXPECT_EQ(GatewayMessage(Lab(), request, "what"),
            "gateway lab (https://lab.example/base): POST /api/kernels: what");
}

TEST(HttpFailureTest, TakesEveryFormOfARejectedTokenForOne) {
  const std::string advice = "is the token in LAB_TOKEN right?";
  // jupyter_server: GET, and POST, which it takes for a browser's.
  EXPECT_EQ(OnGet({403, "Forbidden", R"({"message": "Forbidden", "reason": null})"}),
            "refused: 403 Forbidden: " + advice);
  EXPECT_EQ(OnPost({403, "Forbidden",
                    R"({"message": "'_xsrf' argument missing from POST", "reason": null})"}),
            "refused: 403 Forbidden: " + advice);
  // kernel_gateway and enterprise_gateway.
  EXPECT_EQ(OnPost({401, "Unauthorized", R"({"reason": "Unauthorized", "message": ""})"}),
            "refused: 401 Unauthorized: " + advice);
  EXPECT_EQ(OnGet({403, "Forbidden", "<html><title>403</title></html>", "text/html"}),
            "refused: 403 Forbidden: " + advice);
  EXPECT_EQ(OnGet({403, "Forbidden", R"({"message": "user bob may not enter"})"}),
            "refused: 403 Forbidden: user bob may not enter: " + advice);
}

TEST(HttpFailureTest, SaysWhenATokenIsMissing) {
  GatewayAddress address = Lab();
  address.token = "";
  const Answered answered = {403, "Forbidden", R"({"message": "Forbidden", "reason": null})"};
  EXPECT_EQ(Judged("GET", "/api", answered, address),
            "refused: 403 Forbidden: it asks for a token, and none is given");
  address.token = "s3cret";
  address.token_hint = "";
  EXPECT_EQ(Judged("GET", "/api", answered, address),
            "refused: 403 Forbidden: the token was rejected");
}

TEST(HttpFailureTest, TellsALimitFromARejectedToken) {
  // kernel_gateway at max_kernels, enterprise_gateway at max_kernels_per_user, a proxy's throttle.
  EXPECT_EQ(OnPost({403, "Resource Limit", R"({"reason": "Resource Limit", "message": ""})"}),
            "busy: 403 Resource Limit; a kernel limit is reached");
  EXPECT_EQ(OnPost({403, "Forbidden",
                    R"({"reason": "Resource Limit", "message": "max kernels, 8, has been hit"})"}),
            "busy: 403 Forbidden: max kernels, 8, has been hit (Resource Limit); a kernel limit is "
            "reached");
  EXPECT_EQ(OnPost({429, "Too Many Requests", "slow down", "text/plain"}),
            "busy: 429 Too Many Requests: slow down; too many requests, try later");
}

TEST(HttpFailureTest, SaysWhatEnterpriseGatewayWantsToKnow) {
  EXPECT_EQ(
      OnPost({403, "Forbidden",
              R"({"message": "User 'root' is not authorized. Ensure KERNEL_USERNAME is set"})"}),
      "refused: 403 Forbidden: User 'root' is not authorized. Ensure KERNEL_USERNAME is set; "
      "set `env = { KERNEL_USERNAME = \"…\" }` for this gateway");
}

TEST(HttpFailureTest, TellsAKernelThatIsGoneFromAWrongBasePath) {
  const Answered gone = {404, "Not Found", R"({"message": "Kernel does not exist: 1-2"})"};
  const Answered page = {404, "Not Found", "<!DOCTYPE HTML>\n<h1>404</h1>", "text/html"};
  const std::string wrong_base =
      "unreachable: 404 Not Found: there is no Jupyter gateway at this URL; is its base path "
      "right?";
  EXPECT_EQ(Judged("POST", "/api/kernels/1-2/interrupt", gone),
            "kernel gone: 404 Not Found: the kernel is gone");
  EXPECT_EQ(Judged("GET", "/api/kernels/1-2", page), wrong_base);
  EXPECT_EQ(OnGet(page), wrong_base);
  EXPECT_EQ(OnGet({404, "Not Found", R"({"message": "Not Found", "reason": null})"}), wrong_base);
}

TEST(HttpFailureTest, FollowsNoRedirectAndSaysWhereItLed) {
  EXPECT_EQ(OnGet({302, "Found", "", "text/html", "/login?next=%2Fapi&token=x"}),
            "refused: 302 Found to /login, a login: is the token in LAB_TOKEN right?");
  EXPECT_EQ(OnGet({302, "Found", "", "text/html", "/hub/api/oauth2/authorize?client_id=x"}),
            "refused: 302 Found to /hub/api/oauth2/authorize, a login: is the token in LAB_TOKEN "
            "right?");
  EXPECT_EQ(OnGet({301, "Moved Permanently", "", "text/html", "https://new.example/api#x"}),
            "unreachable: 301 Moved Permanently to https://new.example/api; the token is not taken "
            "there: give the gateway's final URL");
  EXPECT_EQ(
      OnGet({307, "Temporary Redirect", ""}),
      "unreachable: 307 Temporary Redirect to nowhere; the token is not taken there: give the "
      "gateway's final URL");
}

TEST(HttpFailureTest, SaysWhyAKernelDidNotStart) {
  EXPECT_EQ(OnPost({500, "Internal Server Error",
                    R"({"message": "launch timeout", "reason": "Internal Server Error"})"}),
            "kernel unavailable: 500 Internal Server Error: the kernel did not start: launch "
            "timeout; see the gateway's log");
  EXPECT_EQ(
      OnPost({500, "Internal Server Error",
              R"({"message": "Unhandled error", "reason": null, "traceback": "Trace\nback"})"}),
      "kernel unavailable: 500 Internal Server Error: the kernel did not start: Unhandled "
      "error; see the gateway's log");
  EXPECT_EQ(OnGet({500, "Internal Server Error", "boom\r\nline", "text/plain"}),
            "unreachable: 500 Internal Server Error: boom line; see the gateway's log");
}

TEST(HttpFailureTest, NamesTheKernelspecsThereAre) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/sessions";
  EXPECT_STREQ(
      NoSuchKernelspec(Lab(), request, "pyhton", {"ir", "python3"}).what(),
      "gateway lab (https://lab.example/base): POST /api/sessions: no kernelspec `pyhton`; "
      "it has: ir, python3");
  EXPECT_STREQ(NoSuchKernelspec(Lab(), request, "x", {}).what(),
               "gateway lab (https://lab.example/base): POST /api/sessions: no kernelspec `x`; it "
               "has none");
}

TEST(HttpFailureTest, KnowsTheWordsForAMissingKernelspec) {
  const auto says = [](int status, const std::string& body) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = body;
    return SaysNoSuchKernelspec(answer);
  };
  EXPECT_TRUE(says(501, R"({"message": "The 'x' kernel is not available. Please pick another"})"));
  EXPECT_TRUE(
      says(500, R"({"traceback": "jupyter_client.kernelspec.NoSuchKernel: No such kernel"})"));
  EXPECT_FALSE(says(500, R"({"message": "launch timeout"})"));
  EXPECT_FALSE(says(403, R"({"message": "no such kernel named x"})"));
}

TEST(HttpFailureTest, TellsProxiesAndHubsApart) {
  const std::string html = "<html><body>nginx</body></html>";
  EXPECT_EQ(OnGet({424, "Failed Dependency", R"({"message": "Failed Dependency"})"}),
            "unreachable: 424 Failed Dependency: the JupyterHub server behind this URL is not "
            "running; start it in JupyterHub");
  EXPECT_EQ(OnGet({503, "Service Unavailable", html, "text/html"}),
            "unreachable: 503 Service Unavailable (a web page): the gateway, or its JupyterHub "
            "server, is not running");
  EXPECT_EQ(
      OnGet({502, "Bad Gateway", html, "text/html"}),
      "unreachable: 502 Bad Gateway (a web page): the proxy before the gateway gets no answer "
      "from it; is it running?");
  EXPECT_EQ(
      OnGet({504, "Gateway Timeout", "upstream", "text/plain"}),
      "unreachable: 504 Gateway Timeout: the proxy before the gateway gets no answer from it; "
      "is it running?");
  EXPECT_EQ(OnPost({413, "Payload Too Large", html, "text/html"}),
            "refused: 413 Payload Too Large: a proxy before the gateway finds the request too "
            "large");
}

TEST(HttpFailureTest, KnowsAPageWhereJsonShouldBe) {
  EXPECT_EQ(OnGet({200, "OK", "<!doctype html><title>Sign in</title>", "text/html; charset=utf-8"}),
            "unreachable: 200 OK: a web page, not JSON: the URL leads to a proxy or a login page");
  EXPECT_EQ(OnGet({200, "OK", "{\"cut\":", "application/json"}),
            "unreachable: 200 OK: not the JSON that a Jupyter gateway answers: is the URL right?");
}

TEST(HttpFailureTest, RepeatsTheServersWordsForTheRest) {
  EXPECT_EQ(OnPost({400, "Bad Request", R"({"message": "No JSON data provided", "reason": null})"}),
            "refused: 400 Bad Request: No JSON data provided");
  EXPECT_EQ(OnPost({409, "Conflict", ""}), "refused: 409 Conflict");
  EXPECT_EQ(OnPost({418, "I'm a teapot", R"(["no", "object"])"}), "refused: 418 I'm a teapot");
}

TEST(HttpFailureTest, KeepsTheTokenAndControlCharactersOut) {
  EXPECT_EQ(
      OnPost({400, "Bad Request", "bad token s3cret\x1b]0;title\x07 and s3cret", "text/plain"}),
      "refused: 400 Bad Request: bad token [token]\\x1B]0;title\\x07 and [token]");
  const std::string longest = std::string(300, 'x');
  EXPECT_EQ(OnPost({400, "Bad Request", longest + "\xc3\xa9", "text/plain"}),
            "refused: 400 Bad Request: " + longest + "…");
  EXPECT_EQ(OnPost({400, "Bad Request", "a\xff z", "text/plain"}),
            "refused: 400 Bad Request: a\xef\xbf\xbd z");
}

}  // namespace
}  // namespace cellar
