// The API over a store of the test's own. Every answer is held to openapi.json.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runner/review/api/api.h"
#include "tests/support/made_store.h"
#include "tests/support/temp_dir.h"

namespace cellar {

/// A run that has ended, with a cell for each of `cell_millis`.
struct EndedRun {
  std::string job = "job";
  RunState state = RunState::kSucceeded;
  std::optional<double> millis = 100;  // nullopt: nobody measured it
  std::vector<double> cell_millis = {};
  std::string message = "";
  std::vector<std::string> tags = {};
  std::string source = "";  // a parameter; empty: the job has none
  int submitted = 0;        // milliseconds after StoreTime()
};

class ApiTest : public testing::Test {
 protected:
  ApiTest();

  /// `target`: "/runs/1?attempt=2", as after /api/v1; nothing is decoded.
  ApiAnswer Ask(const std::string& method, const std::string& target, const std::string& body = "");
  /// A success.
  nlohmann::ordered_json Get(const std::string& target);
  nlohmann::ordered_json Post(const std::string& target, const std::string& body = "{}");
  /// "404 there is no run 9: …": of what is no success.
  std::string Refusal(const std::string& method, const std::string& target,
                      const std::string& body = "");

  RunId MakeEnded(const EndedRun& ended);
  RunId MakeRunning(const std::string& job);

  TempDir dir_;
  Store store_;
  Config config_;
  ApiContext context_;
};

/// What is wrong with `value`, which `schema` of openapi.json describes; empty: nothing.
std::string FaultBySchema(const nlohmann::ordered_json& value, const nlohmann::ordered_json& schema,
                          const std::string& where = "$");

/// openapi.json.
const nlohmann::ordered_json& ApiDescription();

}  // namespace cellar
