#include "store/migrations.h"

#include <array>

namespace cellar {

extern const char kMigration0001[];  // store/migration_0001.cc
extern const char kMigration0002[];  // store/migration_0002.cc
extern const char kMigration0003[];  // store/migration_0003.cc
extern const char kMigration0004[];  // store/migration_0004.cc
extern const char kMigration0005[];  // store/migration_0005.cc
extern const char kMigration0006[];  // store/migration_0006.cc

std::span<const char* const> Migrations() {
  static const std::array<const char*, 6> kAll{kMigration0001, kMigration0002, kMigration0003,
                                               kMigration0004, kMigration0005, kMigration0006};
  return kAll;
}

}  // namespace cellar
