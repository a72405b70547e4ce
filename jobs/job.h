// What a job is: ordered cells, parameters, limits. The model that every format is read into, and
// that a run keeps whole.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "jobs/state.h"

namespace cellar {

/// A parameter's value: null is never one. TOML's dates and times are ISO 8601 strings here.
using Value = nlohmann::ordered_json;

enum class ParameterType { kString, kInteger, kFloat, kBoolean, kArray, kTable };

struct Constraint {
  bool required = false;  // has no default; a value must be given
  std::optional<ParameterType> type;
  std::vector<Value> choices;
  std::optional<Value> min;            // numbers, inclusive
  std::optional<Value> max;            // numbers, inclusive
  std::optional<std::string> pattern;  // ECMAScript regular expression, whole value

  bool operator==(const Constraint&) const = default;
};

struct Parameter {
  std::string name;
  // The default, or what was given. nullopt: required and not given yet; or the default stands in
  // the notebook's own cell, and the parameter is not rendered.
  std::optional<Value> value;
  Constraint constraint;

  bool operator==(const Parameter&) const = default;
};

enum class OnError { kStop, kContinue };

struct Cell {
  std::string name;    // empty when none was given
  std::string source;  // the code, as it is sent
  CellKind kind = CellKind::kCode;
  std::string file;  // where the code stands, as the user would open it
  int line = 1;      // the line of `file` on which `source` begins, from 1
  std::optional<std::chrono::milliseconds> timeout;
  OnError on_error = OnError::kStop;
  bool expects_error = false;
  std::string expected_error;  // the exception's name; empty with expects_error: any
  bool may_raise = false;      // the tag raises-exception: succeeds whether it raises or not
  bool skip = false;

  bool operator==(const Cell&) const = default;
};

struct Retry {
  int attempts = 1;  // in all
  std::chrono::milliseconds delay{0};
  double backoff = 1.0;
  std::vector<RunReason> on;  // empty: those that the job's own code cannot cause

  bool operator==(const Retry&) const = default;
};

/// How many runs of the same key may run at once, of whatever job.
struct Concurrency {
  std::string key;  // not empty
  int limit = 1;
  Overlap policy = Overlap::kQueue;

  bool operator==(const Concurrency&) const = default;
};

/// When runs of the job are to be submitted.
struct Schedule {
  std::string cron;                     // as it was written
  std::string timezone = "UTC";         // an IANA name, which nobody has looked up yet
  std::chrono::milliseconds jitter{0};  // each slot is put off by up to this
  CatchUp catch_up = CatchUp::kLatest;

  bool operator==(const Schedule&) const = default;
};

struct Job {
  std::string name;
  std::string description;
  std::string kernel;    // kernelspec; empty: the gateway's default
  std::string language;  // that the cells are written in, in lower case; empty: nobody said
  std::string gateway;   // empty: the configured default, else the embedded one
  std::vector<std::string> requires_labels;
  std::vector<std::string> tags;
  std::string working_dir = ".";
  std::optional<std::chrono::milliseconds> timeout;       // the whole attempt
  std::optional<std::chrono::milliseconds> cell_timeout;  // each cell that sets none
  std::optional<std::chrono::milliseconds> stall_timeout;
  std::vector<Parameter> parameters;
  std::size_t parameters_before = 0;  // the injected cell stands before cells[parameters_before]
  Retry retry;
  std::optional<Concurrency> concurrency;
  std::optional<Schedule> schedule;
  std::vector<Cell> cells;  // on_error of each already resolved against the job's

  bool operator==(const Job&) const = default;
};

}  // namespace cellar
