#include "store/output_cap.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cellar {
namespace {

// A reader of a part unpacks what is before it in the piece.
constexpr std::size_t kLargestPiece = 64 << 10;
constexpr std::size_t kLongestCharacter = 4;
// One value of SQLite holds 1,000,000,000 bytes (SQLITE_MAX_LENGTH).
constexpr std::uint64_t kLargestValue = 900'000'000;
// The tail forgets in steps of a sixteenth, so that it is never much shorter than it may be.
constexpr std::uint64_t kTailSteps = 16;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The last place between two characters that is not behind `place`. In bytes that are not UTF-8
/// it may be within one, but never more than three before `place`.
std::size_t CutBefore(std::string_view text, std::size_t place) {
  if (place >= text.size()) return text.size();
  for (int back = 1; back < 4 && place > 0 && IsContinuation(text[place]); ++back) --place;
  return place;
}

std::size_t CutAfter(std::string_view text, std::size_t place) {
  while (place < text.size() && IsContinuation(text[place])) ++place;
  return place;
}

}  // namespace

OutputCap::OutputCap(std::uint64_t limit) : limit_(limit) {}

OutputCap::OutputCap(std::uint64_t limit, Kept kept)
    : limit_(limit),
      came_(kept.came),
      head_(kept.head),
      tail_(std::accumulate(kept.tail.begin(), kept.tail.end(), std::uint64_t{0})),
      tail_sizes_(std::move(kept.tail)),
      tail_begun_(!tail_sizes_.empty() || kept.has_cut),
      has_cut_(kept.has_cut) {
  if (limit_ != 0) limit_ = std::max(limit_, head_);
}

OutputCap::Verdict OutputCap::TakeText(std::string_view text) {
  Verdict verdict;
  came_ += text.size();
  std::size_t head_end = 0;
  if (!tail_begun_) {
    head_end = CutBefore(text, std::min<std::uint64_t>(HeadRoom(), text.size()));
    Keep(text.substr(0, head_end), 0, false, &verdict);
  }
  const std::string_view rest = text.substr(head_end);
  if (rest.empty()) return verdict;
  tail_begun_ = true;
  std::size_t begin = 0;
  if (rest.size() > tail_limit()) {
    begin = CutAfter(rest, rest.size() - tail_limit());
    has_cut_ = true;
  }
  verdict.forget = MakeRoom(std::min<std::uint64_t>(rest.size(), tail_limit()));
  Keep(rest.substr(begin), head_end + begin, true, &verdict);
  return verdict;
}

bool OutputCap::Fits(std::uint64_t size) const {
  if (size > kLargestValue) return false;
  return limit_ == 0 || size <= tail_limit();
}

OutputCap::Verdict OutputCap::TakeWhole(std::uint64_t came, std::uint64_t size) {
  Verdict verdict;
  came_ += came;
  if (size < came) has_cut_ = true;
  const bool in_head = !tail_begun_ && size <= HeadRoom();
  if (in_head) {
    head_ += size;
  } else {
    tail_begun_ = true;
    verdict.forget = MakeRoom(size);
    tail_ += size;
    tail_sizes_.push_back(size);
  }
  verdict.pieces.push_back({0, size, !in_head});
  return verdict;
}

void OutputCap::Drop(std::uint64_t came) {
  came_ += came;
  has_cut_ = true;
}

bool OutputCap::Resize(std::size_t place, std::uint64_t from, std::uint64_t to) {
  if (to > kLargestValue || (limit_ != 0 && kept() - from + to > limit_)) return false;
  if (place == kInHead) {
    head_ = head_ - from + to;
  } else {
    tail_ = tail_ - from + to;
    tail_sizes_[place] = to;
  }
  came_ = came_ - from + to;
  return true;
}

std::size_t OutputCap::piece_limit() const {
  if (limit_ == 0) return kLargestPiece;
  return std::clamp<std::uint64_t>(tail_limit() / kTailSteps, kLongestCharacter, kLargestPiece);
}

std::uint64_t OutputCap::HeadRoom() const {
  if (limit_ == 0) return UINT64_MAX;
  return head_ < limit_ / 2 ? limit_ / 2 - head_ : 0;
}

void OutputCap::Keep(std::string_view text, std::size_t begin, bool in_tail, Verdict* verdict) {
  const std::size_t most = in_tail ? piece_limit() : kLargestPiece;
  while (!text.empty()) {
    const std::size_t size = CutBefore(text, most);
    verdict->pieces.push_back({begin, size, in_tail});
    if (in_tail) tail_sizes_.push_back(size);
    (in_tail ? tail_ : head_) += size;
    text.remove_prefix(size);
    begin += size;
  }
}

std::size_t OutputCap::MakeRoom(std::uint64_t size) {
  std::size_t forgotten = 0;
  while (!tail_sizes_.empty() && tail_ + size > tail_limit()) {
    tail_ -= tail_sizes_.front();
    tail_sizes_.pop_front();
    ++forgotten;
    has_cut_ = true;
  }
  return forgotten;
}

}  // namespace cellar
