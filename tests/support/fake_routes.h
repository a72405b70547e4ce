// The REST side of the fake gateway: a request in, an answer out. Knows no socket; every call needs
// the world's lock. Status and bodies as jupyter_server 1.23.3 sends them.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tests/support/fake_world.h"

namespace cellar {

struct FakeAnswer {
  int status = 200;
  std::string body = {};
  std::string content_type = "application/json";
  std::map<std::string, std::string> headers = {};
  /// Not sent before this is true; may fill in what is only known then. Empty: at once.
  std::function<bool(FakeAnswer&)> ready = {};
};

class FakeRoutes {
 public:
  explicit FakeRoutes(FakeWorld& world) : world_(world) {}

  FakeAnswer Answer(const RecordedRequest& request);

  /// Whether the handshake of GET …/channels may go on; else its answer has a status other than
  /// 101.
  FakeAnswer Handshake(const RecordedRequest& request);

  /// The kernel that the request's path names, or null.
  FakeKernel* KernelOf(const RecordedRequest& request);

 private:
  FakeAnswer Route(const RecordedRequest& request);
  bool Authorized(const RecordedRequest& request) const;
  FakeAnswer Rejected(const RecordedRequest& request) const;
  bool TakeCanned(const RecordedRequest& request, FakeAnswer& answer);
  FakeAnswer Kernelspecs() const;
  FakeAnswer ListKernels() const;
  FakeAnswer MakeKernel(const RecordedRequest& request);
  FakeAnswer ListSessions() const;
  FakeAnswer MakeSession(const RecordedRequest& request);
  FakeAnswer DeleteSession(const RecordedRequest& request);
  FakeAnswer OnKernel(const RecordedRequest& request);
  FakeAnswer DeleteKernel(FakeKernel& kernel);
  FakeAnswer RestartKernel(FakeKernel& kernel);
  bool KnowsKernelspec(const std::string& name) const;
  nlohmann::json SessionModel(const FakeSession& session) const;

  FakeWorld& world_;
};

/// The route's name: method, and path with ids replaced by {id}.
std::string RouteName(const std::string& method, const std::string& path);

}  // namespace cellar
