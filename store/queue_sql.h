// The statements of the queue (store/queue.cc, store/runs.cc) whose plans a test looks at: they
// must stay fast at any depth.
#pragma once

namespace cellar {

extern const char* const kReadySql;
extern const char* const kNextDueSql;
extern const char* const kClaimSql;

}  // namespace cellar
