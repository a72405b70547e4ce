#include "store/search_blocks.h"

#include <string>

#include "store/searchable_text.h"

namespace cellar {
namespace {

class Blocks {
 public:
  explicit Blocks(const std::function<void(const StoredPlace&, std::string_view)>& take)
      : take_(take) {}

  void Add(const StoredText& output) {
    if (held_.size() + output.text.size() > kBlockBytes) Finish();
    if (output.text.size() > kBlockBytes) {
      for (const auto part : BlocksOf(output.text)) take_(output.PlaceOf(part), part);
      return;
    }
    if (held_.empty()) place_ = output.PlaceOf(output.text);
    held_ += output.text;
  }

  void Finish() {
    if (held_.empty()) return;
    place_.bytes = static_cast<std::int64_t>(held_.size());
    take_(place_, held_);
    held_.clear();
  }

 private:
  const std::function<void(const StoredPlace&, std::string_view)>& take_;
  StoredPlace place_;  // of the first of them
  std::string held_;   // small outputs
};

}  // namespace

void ReadBlocks(Database& database, AttemptId attempt, int cell,
                const std::function<void(const StoredPlace&, std::string_view)>& take) {
  Blocks blocks(take);
  ReadTexts(database, attempt, cell, [&](const StoredText& output) {
    blocks.Add(output);
    return true;
  });
  blocks.Finish();
}

}  // namespace cellar
