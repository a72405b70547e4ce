// The limit on what is kept of one cell's output: its head and its tail. Half of the limit is the
// head's; what comes when that is used up goes to the tail, a ring that forgets its oldest pieces.
// Pure bookkeeping in bytes: it says which pieces to keep and how many of the oldest to forget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace cellar {

class OutputCap {
 public:
  /// `limit` 0: all is kept.
  explicit OutputCap(std::uint64_t limit);

  /// What was kept of a cell so far, to go on with. A limit below it holds from the next piece on.
  struct Kept {
    std::uint64_t came = 0;
    std::uint64_t head = 0;
    std::deque<std::uint64_t> tail;  // the sizes of its pieces, the oldest first
    bool has_cut = false;
  };
  OutputCap(std::uint64_t limit, Kept kept);

  struct Piece {
    std::size_t begin = 0;  // in what was given
    std::size_t size = 0;
    bool in_tail = false;
  };
  struct Verdict {
    std::size_t forget = 0;     // pieces of the tail as it was, the oldest first
    std::vector<Piece> pieces;  // to keep, in order; none is larger than 1 MiB
  };

  /// Text may be cut, between characters: `text` is valid UTF-8.
  Verdict TakeText(std::string_view text);

  /// Whether something of this size that cannot be cut may be kept.
  bool Fits(std::uint64_t size) const;
  /// Something that fits, and stands for `came` bytes (more than `size` when it was shrunk).
  Verdict TakeWhole(std::uint64_t came, std::uint64_t size);
  /// Counts what is not kept at all.
  void Drop(std::uint64_t came);

  /// A kept piece gets another size. `place`: its position in the tail, from the oldest, or
  /// `kInHead`. False, and nothing changes, when there is no room for it.
  static constexpr std::size_t kInHead = SIZE_MAX;
  bool Resize(std::size_t place, std::uint64_t from, std::uint64_t to);

  std::uint64_t limit() const { return limit_; }
  std::uint64_t came() const { return came_; }
  std::uint64_t kept() const { return head_ + tail_; }
  /// True once something that came was not kept.
  bool has_cut() const { return has_cut_; }

 private:
  std::uint64_t tail_limit() const { return limit_ - head_; }
  std::size_t piece_limit() const;
  std::uint64_t HeadRoom() const;
  void Keep(std::string_view text, std::size_t begin, bool in_tail, Verdict* verdict);
  std::size_t MakeRoom(std::uint64_t size);

  std::uint64_t limit_;
  std::uint64_t came_ = 0;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
  std::deque<std::uint64_t> tail_sizes_;
  bool tail_begun_ = false;
  bool has_cut_ = false;
};

}  // namespace cellar
