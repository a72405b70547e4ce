// The conditions of a RunFilter as SQL. For the files of this folder only.
#pragma once

#include <string>

#include "store/database.h"
#include "store/history.h"

namespace cellar {

/// Whether runs are joined with their last attempts: where there is one, or only such runs.
enum class LastAttempt { kNo, kIfAny, kOnly };

/// FROM and WHERE; its values are bound by BindFilter.
std::string SelectionOf(const RunFilter& filter, LastAttempt attempt = LastAttempt::kIfAny);

/// The run's number, as it is to be sorted by.
const char* NumberColumn(const RunFilter& filter);

void BindFilter(const RunFilter& filter, Query& query);

}  // namespace cellar
