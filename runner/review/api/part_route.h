// One representation of an output under an address of its own, for img, iframe and a link. Its key
// is for this part alone, so that no session is in an address. What it answers with is hostile: it
// gets an origin of its own that may do nothing, whoever shows it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runner/review/api/api.h"

namespace cellar {

class PartRoute {
 public:
  /// `secret`: what the keys are made from.
  explicit PartRoute(std::string secret);

  /// "/parts/7/1/2/0?type=image%2Fpng&key=…"; another one once the output was replaced, so that
  /// whoever shows it shows it anew.
  std::string UrlOf(const PartAddress& part) const;

  /// `path`: {"parts", run, attempt, cell, number}.
  ApiAnswer Answer(const ApiContext& context, const std::vector<std::string>& path,
                   const std::multimap<std::string, std::string>& query) const;

 private:
  std::string KeyOf(const PartAddress& part) const;

  std::string secret_;
};

}  // namespace cellar
