// A few lines at the bottom of a terminal that are drawn again and again: what is not final yet.
// On anything but a terminal it draws nothing.
#pragma once

#include <string>
#include <vector>

#include "runner/cli/output.h"

namespace cellar {

class LiveLines {
 public:
  static constexpr int kMost = 8;

  explicit LiveLines(Output& out) : out_(out) {}

  /// Draws `lines`, each cut to the window, in place of those drawn before.
  void Show(const std::vector<std::string>& lines);

  /// Takes them away; the cursor stands where they began. Before anything else is written there.
  void Hide();

 private:
  Output& out_;
  std::vector<std::string> shown_;
};

}  // namespace cellar
