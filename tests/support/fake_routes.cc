#include "tests/support/fake_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "tests/support/fake_kernel.h"
#include "tests/support/fake_process.h"

namespace cellar {
namespace {

using nlohmann::json;

FakeAnswer Failure(int status, const std::string& message) {
  return {.status = status, .body = json{{"message", message}, {"reason", nullptr}}.dump()};
}

FakeAnswer NotFound() {
  return {.status = 404,
          .body =
              "<!DOCTYPE HTML>\n<html><head><title>Jupyter Server</title></head>"
              "<body><h1>404 : Not Found</h1></body></html>",
          .content_type = "text/html"};
}

FakeAnswer Json(const json& body, int status = 200) {
  return {.status = status, .body = body.dump()};
}

/// The `index`th part of the path: 2 is the id in /api/kernels/{id}/interrupt.
std::string PathPart(const std::string& path, int index) {
  std::size_t begin = 1;
  for (; index > 0 && begin != 0; --index) begin = path.find('/', begin) + 1;
  return begin == 0 ? "" : path.substr(begin, path.find('/', begin) - begin);
}

json ParsedBody(const RecordedRequest& request) {
  const json body = json::parse(request.body, nullptr, false);
  return body.is_object() ? body : json::object();
}

}  // namespace

std::string RouteName(const std::string& method, const std::string& path) {
  static const std::regex id(R"(^(/api/(?:kernels|sessions)/)[^/]+)");
  return method + " " + std::regex_replace(path, id, "$1{id}");
}

FakeAnswer FakeRoutes::Answer(const RecordedRequest& request) {
  FakeAnswer canned;
  if (TakeCanned(request, canned)) return canned;
  if (!Authorized(request)) return Rejected(request);
  return Route(request);
}

FakeAnswer FakeRoutes::Route(const RecordedRequest& request) {
  const std::string& route = request.route;
  if (route == "GET /api") return Json({{"version", "1.23.3"}});
  if (route == "GET /api/kernelspecs") return Kernelspecs();
  if (route == "GET /api/kernels") return ListKernels();
  if (route == "POST /api/kernels") return MakeKernel(request);
  if (route.find(" /api/sessions") != std::string::npos && !world_.options.has_sessions) {
    return NotFound();
  }
  if (route == "GET /api/sessions") return ListSessions();
  if (route == "POST /api/sessions") return MakeSession(request);
  if (route == "DELETE /api/sessions/{id}") return DeleteSession(request);
  if (route.find(" /api/kernels/{id}") != std::string::npos) return OnKernel(request);
  return NotFound();
}

FakeAnswer FakeRoutes::Handshake(const RecordedRequest& request) {
  FakeAnswer canned;
  if (TakeCanned(request, canned)) return canned;
  if (!Authorized(request)) return Failure(world_.options.bad_token_status, "Forbidden");
  if (KernelOf(request) == nullptr) return NotFound();
  return {.status = 101};
}

bool FakeRoutes::Authorized(const RecordedRequest& request) const {
  if (request.route == "GET /api" && world_.options.bad_token_status == 403) return true;
  const auto given = request.headers.find("authorization");
  return given != request.headers.end() && given->second == "token " + world_.options.token;
}

FakeAnswer FakeRoutes::Rejected(const RecordedRequest& request) const {
  const int status = world_.options.bad_token_status;
  if (status == 401) return Failure(status, "Unauthorized");
  if (request.method == "GET") return Failure(status, "Forbidden");
  return Failure(status, "'_xsrf' argument missing from POST");
}

bool FakeRoutes::TakeCanned(const RecordedRequest& request, FakeAnswer& answer) {
  const auto found = world_.canned.find(request.route);
  if (found == world_.canned.end()) return false;
  CannedAnswer& canned = found->second;
  answer = {.status = canned.status,
            .body = canned.body,
            .content_type = canned.content_type,
            .headers = canned.headers};
  if (canned.times > 0 && --canned.times == 0) world_.canned.erase(found);
  return true;
}

FakeKernel* FakeRoutes::KernelOf(const RecordedRequest& request) {
  const auto found = world_.kernels.find(PathPart(request.path, 2));
  return found == world_.kernels.end() ? nullptr : found->second;
}

FakeAnswer FakeRoutes::Kernelspecs() const {
  json specs = json::object();
  for (const auto& name : world_.options.kernelspecs) {
    const bool is_r = name == "ir";
    specs[name] = {{"name", name},
                   {"spec",
                    {{"argv", {"fake-kernel", "{connection_file}"}},
                     {"env", json::object()},
                     {"display_name", is_r ? "R" : "Fake " + name},
                     {"language", is_r ? "R" : "python"},
                     {"interrupt_mode", "signal"},
                     {"metadata", json::object()}}},
                   {"resources", json::object()}};
  }
  return Json({{"default", world_.options.kernelspecs.front()}, {"kernelspecs", specs}});
}

FakeAnswer FakeRoutes::ListKernels() const {
  if (!world_.options.lists_kernels) return Failure(403, "Forbidden");
  json models = json::array();
  for (const auto& [id, kernel] : world_.kernels) models.push_back(kernel->Model());
  return Json(models);
}

bool FakeRoutes::KnowsKernelspec(const std::string& name) const {
  const auto& known = world_.options.kernelspecs;
  return std::find(known.begin(), known.end(), name) != known.end();
}

FakeAnswer FakeRoutes::MakeKernel(const RecordedRequest& request) {
  const std::string name = ParsedBody(request).value("name", world_.options.kernelspecs.front());
  if (!KnowsKernelspec(name)) {
    return Json(
        {{"message", "Unhandled error"},
         {"reason", nullptr},
         {"traceback", "jupyter_client.kernelspec.NoSuchKernel: No such kernel named " + name}},
        500);
  }
  FakeKernel& kernel = world_.StartKernel(name);
  FakeAnswer answer = Json(kernel.Model(), 201);
  answer.headers["Location"] = world_.options.base_path + "api/kernels/" + kernel.id();
  return answer;
}

json FakeRoutes::SessionModel(const FakeSession& session) const {
  return {{"id", session.id},
          {"path", session.path},
          {"name", session.name},
          {"type", session.type},
          {"kernel", world_.kernels.at(session.kernel_id)->Model()},
          {"notebook", {{"path", session.path}, {"name", session.name}}}};
}

FakeAnswer FakeRoutes::ListSessions() const {
  json models = json::array();
  for (const auto& [id, session] : world_.sessions) models.push_back(SessionModel(session));
  return Json(models);
}

FakeAnswer FakeRoutes::MakeSession(const RecordedRequest& request) {
  const json body = ParsedBody(request);
  for (const char* field : {"path", "type"}) {
    if (!body.contains(field)) {
      return Failure(400, fmt::format("Missing field in JSON data: {}", field));
    }
  }
  for (const auto& [id, session] : world_.sessions) {
    if (session.path == body["path"]) return Json(SessionModel(session), 201);
  }
  const json kernel = body.value("kernel", json::object());
  const std::string name = kernel.value("name", world_.options.kernelspecs.front());
  if (!KnowsKernelspec(name)) {
    return Json({{"message", "The '" + name +
                                 "' kernel is not available. Please pick another "
                                 "suitable kernel instead, or install that kernel."},
                 {"short_message", name + " not found"}},
                501);
  }
  const std::string id = MakeUuid();
  const FakeSession session{id, body["path"], body.value("name", ""), body["type"],
                            world_.StartKernel(name).id()};
  world_.sessions[id] = session;
  FakeAnswer answer = Json(SessionModel(session), 201);
  answer.headers["Location"] = world_.options.base_path + "api/sessions/" + id;
  return answer;
}

FakeAnswer FakeRoutes::DeleteSession(const RecordedRequest& request) {
  const auto session = world_.sessions.find(PathPart(request.path, 2));
  if (session == world_.sessions.end()) {
    return Failure(404, "Session not found: session_id='" + PathPart(request.path, 2) + "'");
  }
  return DeleteKernel(*world_.kernels.at(session->second.kernel_id));
}

FakeAnswer FakeRoutes::OnKernel(const RecordedRequest& request) {
  FakeKernel* const kernel = KernelOf(request);
  if (kernel == nullptr) {
    return Failure(404, "Kernel does not exist: " + PathPart(request.path, 2));
  }
  const std::string& route = request.route;
  if (route == "GET /api/kernels/{id}") return Json(kernel->Model());
  if (route == "DELETE /api/kernels/{id}") return DeleteKernel(*kernel);
  if (route == "POST /api/kernels/{id}/restart") return RestartKernel(*kernel);
  if (route == "POST /api/kernels/{id}/interrupt") {
    if (world_.interrupts_reach) kernel->process().Interrupt();
    return {.status = 204};
  }
  return NotFound();
}

FakeAnswer FakeRoutes::DeleteKernel(FakeKernel& kernel) {
  kernel.BeginShutdown(false);
  return {.status = 204, .ready = [&kernel](FakeAnswer&) { return kernel.gone(); }};
}

FakeAnswer FakeRoutes::RestartKernel(FakeKernel& kernel) {
  const FakeProcess* const old = &kernel.process();
  kernel.BeginShutdown(true);
  return {.ready = [&kernel, old](FakeAnswer& answer) {
    if (&kernel.process() == old) return kernel.gone();
    answer.body = kernel.Model().dump();
    return true;
  }};
}

}  // namespace cellar
