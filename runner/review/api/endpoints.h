// The endpoints of openapi.json, one function each: for api.cc and for each other. A function may
// throw Error: kUsage is then 400.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/review/api/api.h"

namespace cellar {

ApiAnswer AnswerInfo(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerRuns(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerRun(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerAttempt(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerCell(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerOutput(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerRunList(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerState(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerDocument(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerText(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerExport(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerLog(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerEvents(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerSubmit(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerCancel(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerCancelMany(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerRetry(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerRetryMany(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerAgain(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerJobs(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerJob(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerCompare(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerQueue(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerGateways(const ApiContext& context, const ApiRequest& request);
ApiAnswer AnswerSchedules(const ApiContext& context, const ApiRequest& request);

// --- What they share

ApiAnswer JsonAnswer(const nlohmann::ordered_json& json, int status = 200);

/// The query of a request. Throws Error (kUsage) for a name that is not among `known`, for one that
/// comes twice unless it is among `repeatable`, and for values that are not what they must be.
class QueryParameters {
 public:
  QueryParameters(const ApiRequest& request, std::vector<std::string> known,
                  const std::vector<std::string>& repeatable = {});

  /// Empty: not given.
  std::string Text(const std::string& name) const;
  /// All values of a repeatable one, in order.
  std::vector<std::string> Texts(const std::string& name) const;
  std::optional<std::int64_t> Integer(const std::string& name, std::int64_t min,
                                      std::int64_t max) const;
  /// From 1 to `most`.
  int Limit(int most, int fallback) const;
  /// "true"; false: not given, or "false".
  bool Flag(const std::string& name) const;

 private:
  const ApiRequest& request_;
};

/// An index or a number in a path, from 0. nullopt: it is none.
std::optional<int> IndexIn(std::string_view text);

/// A run as paths name it: its number, `last`, `last:JOB`. nullopt: there is none.
std::optional<RunRecord> FindNamedRun(const Store& store, const std::string& name);

/// 404, for what FindNamedRun did not find.
ApiAnswer NoSuchRun(const Store& store, const std::string& name);

}  // namespace cellar
