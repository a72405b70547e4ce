#include <nlohmann/json.hpp>

#include "runner/review/api/endpoints.h"
#include "runner/review/times.h"

namespace cellar {

ApiAnswer AnswerInfo(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters none(request, {});
  return JsonAnswer({{"schema_version", 1},
                     {"version", CELLAR_VERSION},
                     {"store", context.store->file().filename().string()},
                     {"actions", context.actions},
                     {"scripts", context.scripts},
                     {"works", context.works},
                     {"now", FormatUtc(Now())}});
}

}  // namespace cellar
