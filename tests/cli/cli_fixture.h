// The program itself: arguments in; output, errors and exit code out. In a home and a folder of the
// test's own.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/support/child_process.h"
#include "tests/support/made_store.h"
#include "tests/support/temp_dir.h"

namespace cellar {

class CliTest : public testing::Test {
 protected:
  CliTest();

  /// `cellar` with these arguments, ready to be started: in `folder`, with its store there.
  ProgramSpec Spec(const std::vector<std::string>& arguments) const;

  /// Runs it to its end.
  ProgramResult Cellar(const std::vector<std::string>& arguments) const;

  /// "exit N", then what it wrote on stdout and, after "--", on stderr; the folder as DIR.
  std::string Transcript(const std::vector<std::string>& arguments) const;
  std::string TranscriptOf(const ProgramResult& result) const;

  Store OpenStore() const { return Store::Open(folder_ / "cellar.db", StoreMode::kReadWrite); }

  TempDir folder_;
  std::map<std::string, std::string> environment_;
};

}  // namespace cellar
