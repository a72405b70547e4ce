// The JSON that a POST brings, read without trusting it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cellar {

/// Throws Error (kUsage), which begins with `whose` ("submit: "), where it is no JSON, or nested
/// too deep.
nlohmann::ordered_json ParseBody(const std::string& whose, const std::string& text);

/// The members of an object, each of one type. Everything throws Error (kUsage) for another type.
class BodyMembers {
 public:
  /// `object` stays the caller's. `where`: "job." or nothing. Throws for what is no object, and for
  /// a member that is not among `known`.
  BodyMembers(const nlohmann::ordered_json& object, std::string whose, std::string where,
              const std::vector<std::string>& known);

  const nlohmann::ordered_json* Find(const std::string& name) const;
  /// Empty: not given.
  std::string Text(const std::string& name) const;
  std::optional<std::int64_t> Integer(const std::string& name) const;
  bool Flag(const std::string& name) const;
  /// Runs as commands name them, or by their numbers: [3, "last", "group:2"].
  std::vector<std::string> Runs(const std::string& name) const;

 private:
  [[noreturn]] void Refuse(const std::string& message) const;

  const nlohmann::ordered_json& object_;
  std::string whose_;
  std::string where_;
};

}  // namespace cellar
