#include "runner/review/api/api.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "jobs/error.h"
#include "runner/review/api/endpoints.h"

namespace cellar {
namespace {

using Path = std::vector<std::string_view>;

constexpr std::string_view kAny = "*";

struct Route {
  std::string_view method;
  Path path;  // kAny: whatever stands there
  ApiAnswer (*answer)(const ApiContext& context, const ApiRequest& request);
};

std::span<const Route> Routes() {
  static const std::vector<Route> kRoutes{
      {"GET", {"info"}, AnswerInfo},
      {"GET", {"runs"}, AnswerRuns},
      {"POST", {"runs"}, AnswerSubmit},
      {"GET", {"runs", "list"}, AnswerRunList},
      {"GET", {"runs", kAny}, AnswerRun},
      {"GET", {"runs", kAny, "attempts", kAny}, AnswerAttempt},
      {"GET", {"runs", kAny, "cells", kAny}, AnswerCell},
      {"GET", {"runs", kAny, "cells", kAny, "outputs", kAny}, AnswerOutput},
      {"GET", {"runs", kAny, "state"}, AnswerState},
      {"GET", {"runs", kAny, "document"}, AnswerDocument},
      {"GET", {"runs", kAny, "text"}, AnswerText},
      {"GET", {"runs", kAny, "export"}, AnswerExport},
      {"GET", {"runs", kAny, "log"}, AnswerLog},
      {"GET", {"runs", kAny, "events"}, AnswerEvents},
      {"POST", {"runs", kAny, "cancel"}, AnswerCancel},
      {"POST", {"runs", kAny, "retry"}, AnswerRetry},
      {"POST", {"runs", kAny, "again"}, AnswerAgain},
      {"POST", {"cancel"}, AnswerCancelMany},
      {"POST", {"retry"}, AnswerRetryMany},
      {"GET", {"jobs"}, AnswerJobs},
      {"GET", {"jobs", kAny}, AnswerJob},
      {"GET", {"compare"}, AnswerCompare},
      {"GET", {"queue"}, AnswerQueue},
      {"GET", {"gateways"}, AnswerGateways},
      {"GET", {"schedules"}, AnswerSchedules},
  };
  return kRoutes;
}

bool Matches(const Path& pattern, const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (pattern[i] != kAny && pattern[i] != path[i]) return false;
  }
  return true;
}

/// No route has this path with this method.
ApiAnswer NoRoute(const ApiRequest& request) {
  std::vector<std::string_view> methods;
  for (const Route& route : Routes()) {
    if (Matches(route.path, request.path)) methods.push_back(route.method);
  }
  const std::string path = fmt::format("/{}", fmt::join(request.path, "/"));
  if (methods.empty()) {
    return ApiError(404, fmt::format("there is no {}: /openapi.json lists what there is", path));
  }
  const std::string allowed = fmt::format("{}", fmt::join(methods, ", "));
  ApiAnswer answer =
      ApiError(405, fmt::format("{} {}: only {} is answered", request.method, path, allowed));
  answer.headers.emplace_back("Allow", allowed);
  return answer;
}

int StatusOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return 400;
    case ErrorKind::kStore:
    case ErrorKind::kStoreFull:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

ApiAnswer AnswerApi(const ApiContext& context, const ApiRequest& request) {
  for (const Route& route : Routes()) {
    if (route.method != request.method || !Matches(route.path, request.path)) continue;
    if (route.method == "POST" && !context.actions) {
      return ApiError(403,
                      "this server only shows: submit, cancel, retry and again are not "
                      "allowed over it");
    }
    try {
      return route.answer(context, request);
    } catch (const Error& error) {
      return ApiError(StatusOf(error.kind()), error.what());
    }
  }
  return NoRoute(request);
}

ApiAnswer ApiError(int status, const std::string& message) {
  return JsonAnswer({{"schema_version", 1}, {"error", {{"status", status}, {"message", message}}}},
                    status);
}

}  // namespace cellar
