#include "store/output_cap.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <utf8.h>

#include <deque>
#include <string>

namespace cellar {
namespace {

/// Keeps the pieces that a cap says to keep.
class Keeper {
 public:
  explicit Keeper(std::uint64_t limit) : cap(limit) {}

  void Print(const std::string& text) { Obey(cap.TakeText(text), text); }

  bool Show(const std::string& body) {
    if (!cap.Fits(body.size())) {
      cap.Drop(body.size());
      return false;
    }
    Obey(cap.TakeWhole(body.size(), body.size()), body);
    return true;
  }

  std::string Tail() const {
    std::string text;
    for (const std::string& piece : tail) text += piece;
    return text;
  }

  OutputCap cap;
  std::string head;
  std::deque<std::string> tail;

 private:
  void Obey(const OutputCap::Verdict& verdict, const std::string& text) {
    tail.erase(tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(verdict.forget));
    for (const OutputCap::Piece& piece : verdict.pieces) {
      const std::string part = text.substr(piece.begin, piece.size);
      if (piece.in_tail) {
        tail.push_back(part);
      } else {
        head += part;
      }
    }
  }
};

TEST(OutputCapTest, KeepsAllBelowTheLimit) {
  Keeper keeper(10);
  keeper.Print("01234");
  keeper.Print("56789");
  EXPECT_EQ(keeper.head, "01234");
  EXPECT_EQ(keeper.Tail(), "56789");
  EXPECT_FALSE(keeper.cap.has_cut());
}

TEST(OutputCapTest, KeepsAllWithoutALimit) {
  Keeper keeper(0);
  const std::string text(3'000'000, 'x');
  keeper.Print(text);
  EXPECT_EQ(keeper.head, text);
  EXPECT_FALSE(keeper.cap.has_cut());
}

TEST(OutputCapTest, GivesOutPiecesOfAtMost64Kibibytes) {
  OutputCap cap(0);
  const std::string text(2'500'000, 'x');
  EXPECT_EQ(cap.TakeText(text).pieces.size(), 39u);
}

TEST(OutputCapTest, ForgetsTheMiddle) {
  Keeper keeper(16);
  for (int i = 0; i < 10; ++i) keeper.Print(std::to_string(i) + "---");
  EXPECT_EQ(keeper.head, "0---1---");
  EXPECT_EQ(keeper.Tail(), "8---9---");
  EXPECT_EQ(keeper.cap.came(), 40u);
  EXPECT_EQ(keeper.cap.kept(), 16u);
  EXPECT_TRUE(keeper.cap.has_cut());
}

TEST(OutputCapTest, KeepsBothEndsOfOneLargeText) {
  Keeper keeper(8);
  keeper.Print("abcd------------wxyz");
  EXPECT_EQ(keeper.head, "abcd");
  EXPECT_EQ(keeper.Tail(), "wxyz");
}

TEST(OutputCapTest, CutsBetweenCharacters) {
  Keeper keeper(9);  // the head has room for one and a third of these
  keeper.Print("€€€€€€");
  EXPECT_EQ(keeper.head, "€");
  EXPECT_EQ(keeper.Tail(), "€€");
}

TEST(OutputCapTest, KeepsALargeBodyBehindAnEmptyHead) {
  Keeper keeper(16);
  EXPECT_TRUE(keeper.Show("a body of 16 B--"));
  EXPECT_EQ(keeper.Tail(), "a body of 16 B--");
  EXPECT_FALSE(keeper.cap.has_cut());
}

TEST(OutputCapTest, RefusesABodyAboveTheLimit) {
  Keeper keeper(16);
  EXPECT_FALSE(keeper.Show("a body of 17 B---"));
  EXPECT_TRUE(keeper.cap.has_cut());
  EXPECT_EQ(keeper.cap.came(), 17u);
}

TEST(OutputCapTest, ForgetsBodiesWhole) {
  Keeper keeper(16);
  for (const char* body : {"aaaa", "bbbb", "ccccc", "dd", "eeee"}) keeper.Show(body);
  EXPECT_EQ(keeper.head, "aaaabbbb");
  EXPECT_EQ(keeper.Tail(), "ddeeee");
}

TEST(OutputCapTest, ResizesWhatIsKeptWithinTheLimit) {
  Keeper keeper(16);
  for (const char* body : {"aaaa", "bbbb", "cccc"}) keeper.Show(body);
  EXPECT_TRUE(keeper.cap.Resize(0, 4, 8));
  EXPECT_EQ(keeper.cap.kept(), 16u);
  EXPECT_FALSE(keeper.cap.Resize(OutputCap::kInHead, 4, 5));
  EXPECT_TRUE(keeper.cap.Resize(OutputCap::kInHead, 4, 1));
  EXPECT_EQ(keeper.cap.kept(), 13u);
}

rc::Gen<std::string> Utf8Text() {
  const auto word = rc::gen::element<std::string>("a", "line\n", "é", "€", "😀", "0123456789abcdef");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(word), [](const auto& words) {
    std::string text;
    for (const std::string& one : words) text += one;
    return text;
  });
}

RC_GTEST_PROP(OutputCapTest, KeepsAPrefixAndASuffixWithinTheLimit, ()) {
  const auto limit = *rc::gen::inRange<std::uint64_t>(1, 400);
  Keeper keeper(limit);
  std::string all;
  for (const std::string& text : *rc::gen::container<std::vector<std::string>>(Utf8Text())) {
    keeper.Print(text);
    all += text;
    const std::string tail = keeper.Tail();
    RC_ASSERT(all.starts_with(keeper.head));
    RC_ASSERT(all.ends_with(tail));
    RC_ASSERT(keeper.head.size() + tail.size() <= limit);
    RC_ASSERT(keeper.head.size() + tail.size() == keeper.cap.kept());
    RC_ASSERT(keeper.cap.came() == all.size());
    RC_ASSERT(keeper.cap.has_cut() == (keeper.cap.kept() < all.size()));
    RC_ASSERT(utf8::is_valid(keeper.head.begin(), keeper.head.end()));
    for (const std::string& piece : keeper.tail) {
      RC_ASSERT(utf8::is_valid(piece.begin(), piece.end()));
    }
  }
}

RC_GTEST_PROP(OutputCapTest, WastesLittleOfTheTail, ()) {
  const auto limit = *rc::gen::inRange<std::uint64_t>(200, 2000);
  Keeper keeper(limit);
  for (const std::string& text : *rc::gen::container<std::vector<std::string>>(Utf8Text())) {
    keeper.Print(text);
  }
  if (keeper.cap.has_cut()) {
    // The head is short by less than a character, the tail by one step and a character.
    RC_ASSERT(keeper.head.size() + 3 >= limit / 2);
    RC_ASSERT(keeper.Tail().size() + (limit - keeper.head.size()) / 16 + 3 >=
              limit - keeper.head.size());
  }
}

RC_GTEST_PROP(OutputCapTest, KeepsMixedOutputWithinTheLimit, ()) {
  const auto limit = *rc::gen::inRange<std::uint64_t>(1, 300);
  Keeper keeper(limit);
  std::uint64_t came = 0;
  for (const std::string& text : *rc::gen::container<std::vector<std::string>>(Utf8Text())) {
    if (*rc::gen::arbitrary<bool>()) {
      keeper.Print(text);
    } else {
      keeper.Show(text);
    }
    came += text.size();
    RC_ASSERT(keeper.head.size() + keeper.Tail().size() == keeper.cap.kept());
    RC_ASSERT(keeper.cap.kept() <= limit);
    RC_ASSERT(keeper.cap.came() == came);
  }
}

}  // namespace
}  // namespace cellar
