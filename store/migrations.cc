#include "store/migrations.h"

#include <array>

namespace cellar {

extern const char kMigration0001[];  // store/migration_0001.cc

std::span<const char* const> Migrations() {
  static const std::array<const char*, 1> kAll{kMigration0001};
  return kAll;
}

}  // namespace cellar
