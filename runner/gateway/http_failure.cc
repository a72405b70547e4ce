#include "runner/gateway/http_failure.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "jobs/json_text.h"
#include "jobs/source_text.h"
#include "runner/gateway/http_time.h"

namespace cellar {

using nlohmann::json;

namespace {

constexpr int kDeepestAnswer = 500;
constexpr std::size_t kLongestQuote = 300;

std::string InLowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool Has(const std::string& lower_text, std::string_view words) {
  return lower_text.find(words) != std::string::npos;
}

bool IsHtml(const HttpAnswer& answer) {
  const std::string start = InLowerCase(answer.body.substr(0, 200));
  return Has(InLowerCase(answer.content_type), "text/html") || Has(start, "<!doctype html") ||
         Has(start, "<html");
}

// `message` and `reason` of tornado's error handlers, and Hub's and proxies' plain words.
std::string ServerWords(const HttpAnswer& answer) {
  if (IsHtml(answer)) return "";
  json body;
  if (ParseJson(answer.body, kDeepestAnswer, &body)) return answer.body;
  if (!body.is_object()) return "";
  std::string words;
  for (const char* key : {"message", "reason"}) {
    const auto found = body.find(key);
    if (found == body.end() || !found->is_string()) continue;
    const std::string text = found->get<std::string>();
    // Tornado repeats the status' own words here.
    if (text.empty() || text == answer.reason || Has(words, text)) continue;
    words += words.empty() ? text : " (" + text + ")";
  }
  return words;
}

// What a server said, fit to stand in a message: blanks of all kinds are one space.
std::string Shown(std::string_view text) {
  std::string shown;
  for (const char c : Trimmed(text.substr(0, 4 * kLongestQuote))) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) shown += c;
    if (blank && shown.back() != ' ') shown += ' ';
  }
  return OneLine(shown, kLongestQuote);
}

std::string QuotedWord(const std::string& words) {
  return words.empty() ? "" : ": " + Shown(words);
}

std::string WithoutToken(std::string text, const std::string& token) {
  if (token.empty()) return text;
  for (auto at = text.find(token); at != std::string::npos; at = text.find(token, at)) {
    text.replace(at, token.size(), "[token]");
    at += 7;
  }
  return text;
}

struct Verdict {
  ErrorKind kind;
  std::string advice;  // behind the status
};

std::string TokenAdvice(const GatewayAddress& address) {
  if (address.token.empty()) return ": it asks for a token, and none is given";
  if (address.token_hint.empty()) return ": the token was rejected";
  return ": is the token in " + address.token_hint + " right?";
}

// 401 and 403: the token, a limit, or a rule of the gateway's own.
Verdict Refused(const GatewayAddress& address, const HttpAnswer& answer, const std::string& words) {
  const std::string lower = InLowerCase(words);
  // "Resource Limit" stands in the status line too (kernel_gateway).
  if (Has(lower, "limit") || Has(lower, "max kernels") ||
      Has(InLowerCase(answer.reason), "limit")) {
    return {ErrorKind::kGatewayBusy, QuotedWord(words) + "; a kernel limit is reached"};
  }
  if (Has(lower, "kernel_username")) {
    return {ErrorKind::kGatewayRefused,
            QuotedWord(words) + "; set `env = { KERNEL_USERNAME = \"…\" }` for this gateway"};
  }
  // jupyter_server takes a request without a good token for a browser's.
  if (words.empty() || Has(lower, "_xsrf") || Has(lower, "invalid credentials")) {
    return {ErrorKind::kGatewayRefused, TokenAdvice(address)};
  }
  return {ErrorKind::kGatewayRefused, QuotedWord(words) + TokenAdvice(address)};
}

Verdict NotFound(const HttpRequest& request, const HttpAnswer& answer, const std::string& words) {
  const bool names_one =
      request.path.starts_with("/api/kernels/") || request.path.starts_with("/api/sessions/");
  if (names_one && SaysGone(answer)) return {ErrorKind::kKernelGone, ": the kernel is gone"};
  return {ErrorKind::kGatewayUnreachable,
          QuotedWord(words) + ": there is no Jupyter gateway at this URL; is its base path right?"};
}

Verdict Redirected(const GatewayAddress& address, const HttpAnswer& answer) {
  const std::string target = Shown(answer.location.substr(0, answer.location.find_first_of("?#")));
  const std::string lower = InLowerCase(target);
  const std::string to = " to " + (target.empty() ? std::string("nowhere") : target);
  if (Has(lower, "login") || Has(lower, "oauth") || Has(lower, "/hub/")) {
    return {ErrorKind::kGatewayRefused, to + ", a login" + TokenAdvice(address)};
  }
  return {ErrorKind::kGatewayUnreachable,
          to + "; the token is not taken there: give the gateway's final URL"};
}

bool StartsKernel(const HttpRequest& request) {
  return request.method == "POST" &&
         (request.path == "/api/kernels" || request.path == "/api/sessions");
}

Verdict ServerError(const HttpRequest& request, const std::string& words) {
  if (StartsKernel(request)) {
    return {ErrorKind::kKernelUnavailable,
            ": the kernel did not start" + QuotedWord(words) + "; see the gateway's log"};
  }
  return {ErrorKind::kGatewayUnreachable, QuotedWord(words) + "; see the gateway's log"};
}

Verdict Unusable(const HttpAnswer& answer) {
  if (IsHtml(answer)) {
    return {ErrorKind::kGatewayUnreachable,
            ": a web page, not JSON: the URL leads to a proxy or a login page"};
  }
  return {ErrorKind::kGatewayUnreachable,
          ": not the JSON that a Jupyter gateway answers: is the URL right?"};
}

Verdict Judge(const GatewayAddress& address, const HttpRequest& request, const HttpAnswer& answer) {
  const std::string words = WithoutToken(ServerWords(answer), address.token);
  const std::string page = IsHtml(answer) ? " (a web page)" : "";
  const int status = answer.status;
  if (answer.ok()) return Unusable(answer);
  if (status >= 300 && status < 400) return Redirected(address, answer);
  switch (status) {
    case 401:
    case 403:
      return Refused(address, answer, words);
    case 404:
      return NotFound(request, answer, words);
    case 413:
    case 431:
      return {ErrorKind::kGatewayRefused,
              QuotedWord(words) + ": a proxy before the gateway finds the request too large"};
    case 424:
      return {ErrorKind::kGatewayUnreachable,
              ": the JupyterHub server behind this URL is not running; start it in JupyterHub"};
    case 429:
      return {ErrorKind::kGatewayBusy, QuotedWord(words) + "; too many requests, try later"};
    case 500:
    case 501:
      return ServerError(request, words);
    case 502:
    case 504:
      return {ErrorKind::kGatewayUnreachable,
              page + ": the proxy before the gateway gets no answer from it; is it running?"};
    case 503:
      return {ErrorKind::kGatewayUnreachable,
              page + QuotedWord(words) + ": the gateway, or its JupyterHub server, is not running"};
    default:
      return {ErrorKind::kGatewayRefused, page + QuotedWord(words)};
  }
}

}  // namespace

std::string GatewayMessage(const GatewayAddress& address, const HttpRequest& request,
                           const std::string& what) {
  const std::string message = fmt::format("{} {}: {} {}: {}", address.peer.name, address.Label(),
                                          request.method, request.path, what);
  return WithoutToken(message, address.token);
}

Error HttpFailure(const GatewayAddress& address, const HttpRequest& request,
                  const HttpAnswer& answer) {
  const Verdict verdict = Judge(address, request, answer);
  const std::string what = fmt::format("{} {}{}", answer.status, answer.reason, verdict.advice);
  Error error(verdict.kind, GatewayMessage(address, request, what));
  if (const auto wait = ParseRetryAfter(answer.retry_after, answer.date))
    error.AskForPatience(*wait);
  return error;
}

bool SaysGone(const HttpAnswer& answer) {
  return answer.status == 404 && !IsHtml(answer) && answer.body.starts_with('{');
}

bool SaysNoSuchKernelspec(const HttpAnswer& answer) {
  if (answer.status != 500 && answer.status != 501 && answer.status != 404 &&
      answer.status != 400) {
    return false;
  }
  const std::string lower = InLowerCase(answer.body);
  // jupyter_client's NoSuchKernel, and what the sessions handler makes of it.
  return Has(lower, "no such kernel named") || Has(lower, "kernel is not available") ||
         Has(lower, "nosuchkernel");
}

Error NoSuchKernelspec(const GatewayAddress& address, const HttpRequest& request,
                       const std::string& wanted, const std::vector<std::string>& names) {
  const std::string there =
      names.empty() ? "it has none" : fmt::format("it has: {}", fmt::join(names, ", "));
  return Error(
      ErrorKind::kKernelUnavailable,
      GatewayMessage(address, request, fmt::format("no kernelspec `{}`; {}", wanted, there)));
}

}  // namespace cellar
