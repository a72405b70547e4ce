// The JSON HTTP API of openapi.json without HTTP: a request in, an answer out. Who may ask, and
// where from, is decided before (the page server); what is asked for is read here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/config.h"
#include "store/store.h"

namespace cellar {

struct ApiRequest {
  std::string method;             // "GET"
  std::vector<std::string> path;  // behind /api/v1, decoded: {"runs", "7", "cancel"}
  std::multimap<std::string, std::string> query;  // decoded; values of one name as they came
  std::string body;                               // JSON, of a POST
  std::string last_event_id = {};                 // of events; empty: none
};

/// What comes piece by piece: because it is long, or because it goes on. Without a socket or a
/// clock: whoever serves it asks again and again.
class AnswerStream {
 public:
  virtual ~AnswerStream() = default;
  /// What there is now; empty: nothing new. Throws Error: the answer breaks off.
  virtual std::string Next() = 0;
  /// Nothing more will come.
  virtual bool ended() const = 0;
  /// What may be sent where nothing comes for a while, and means nothing.
  virtual std::string_view heartbeat() const { return ""; }
};

struct ApiAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // beside those every answer has
  std::shared_ptr<AnswerStream> stream = nullptr;                 // instead of the body
};

/// One representation of an output.
struct PartAddress {
  RunId run;
  int attempt = 1;
  int cell = 0;
  int number = 0;             // of the output
  std::string mime;           // of a stream and of an error "text/plain"
  std::int64_t replaced = 0;  // tells apart what it was and is (OutputOutline::replaced)
};

/// What a server of the API is and allows.
struct ApiContext {
  const Config* config = nullptr;
  Store* store = nullptr;  // opened read-only where no actions are allowed
  bool actions = false;    // submit, cancel, retry, again
  bool scripts = false;    // outputs may be shown with their scripts
  bool works = false;      // this server takes runs from the queue itself
  /// "unknown", "ready", "full" or "away", and a note; unset: unknown.
  std::function<std::pair<std::string, std::string>(const std::string& gateway)> gateway_state = {};
  /// Where this server has it, with its key (Part.url); unset: nowhere, the url is empty.
  std::function<std::string(const PartAddress&)> part_url = {};
};

/// Never throws for what a client did: that is an answer, shaped as Error in openapi.json.
ApiAnswer AnswerApi(const ApiContext& context, const ApiRequest& request);

/// {"schema_version": 1, "error": {"status": …, "message": …}}.
ApiAnswer ApiError(int status, const std::string& message);

}  // namespace cellar
