// Waking up others who have the store open, in any process. Rung behind every commit after which a
// worker might have something new to do: a run was submitted, cancelled or queued again, or ended.
// The system tells also when somebody who had the store open to write has let it go, as a worker
// does that dies. Both are inotify(7) events of the `.lock` file, whose times a ring sets.
#pragma once

#include "store/store.h"

namespace cellar {

class Bell {
 public:
  /// Hears what happens from now on. Where the system has no inotify instance left (they are few)
  /// the descriptor is a timer's instead, and both are heard 25 times a second.
  explicit Bell(const Store& store);
  Bell(Bell&& other) noexcept;
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  ~Bell();

  /// Readable when there is something to hear. Not blocking; ours.
  int descriptor() const { return descriptor_; }

  struct Heard {
    bool ring = false;
    // Somebody let go of the store: perhaps a worker died. Its lock goes a moment later than this
    // is heard: who finds nobody dead looks again.
    bool departure = false;
  };
  /// What came since it was last asked; then the descriptor is quiet until the next.
  Heard Listen();

 private:
  int descriptor_;
  bool is_timer_ = false;
};

/// Done by the functions that change runs. Needs no transaction, cannot fail.
void Ring(const Store& store);

}  // namespace cellar
