#include "runner/review/terminal_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <utf8.h>

#include <algorithm>

namespace cellar {
namespace {

std::string Stripped(std::string_view text) { return TerminalView(text, Colours::kStrip); }
std::string Coloured(std::string_view text) { return TerminalView(text, Colours::kKeep); }

TEST(TerminalTextTest, OverwritesAfterACarriageReturnOnlyAsFarAsMoreFollows) {
  EXPECT_EQ(Stripped("hello\rJ"), "Jello");
  EXPECT_EQ(Stripped("10%\r100%\n"), "100%\n");
}

TEST(TerminalTextTest, TakesCrLfAsALineEnd) { EXPECT_EQ(Stripped("a\r\nb\r\n"), "a\nb\n"); }

TEST(TerminalTextTest, MovesLeftOnABackspace) { EXPECT_EQ(Stripped("abc\b\bXY"), "aXY"); }

TEST(TerminalTextTest, StopsABackspaceAtTheLinesBeginning) {
  EXPECT_EQ(Stripped("a\nb\b\b\bc"), "a\nc");
}

TEST(TerminalTextTest, ErasesWithinTheLine) {
  EXPECT_EQ(Stripped("working\r\x1b[Kdone\n"), "done\n");
  EXPECT_EQ(Stripped("abcdef\x1b[3D\x1b[K"), "abc");
  EXPECT_EQ(Stripped("abcdef\x1b[3D\x1b[1K"), "    ef");
  EXPECT_EQ(Stripped("abc\x1b[2Kd"), "   d");
}

TEST(TerminalTextTest, ErasesWhatIsBelow) {
  EXPECT_EQ(Stripped("a\nb\nc\x1b[2A\x1b[J\nd\n"), "a\nd\n");
}

TEST(TerminalTextTest, KeepsTheHistoryWhenAProgramClearsTheScreen) {
  EXPECT_EQ(Stripped("a\nb\n\x1b[H\x1b[2J\x1b[3Jc\n"), "a\nb\nc\n");
}

TEST(TerminalTextTest, MovesToColumns) {
  EXPECT_EQ(Stripped("abc\x1b[2GX"), "aXc");
  EXPECT_EQ(Stripped("a\x1b[3Cb"), "a   b");
  EXPECT_EQ(Stripped("abcdef\x1b[4D\x1b[2P"), "abef");
}

TEST(TerminalTextTest, ShowsNestedProgressBarsAsTheyEndUp) {
  std::string bars;
  for (int outer = 0; outer <= 2; ++outer) {
    bars += "\router " + std::to_string(outer) + "/2";
    for (int inner = 0; inner <= 2; ++inner) {
      bars += "\n\rinner " + std::to_string(inner) + "/2\x1b[A";
    }
    bars += "\n\r         \r\x1b[A";  // the inner bar is taken away, as tqdm's leave=False does
  }
  bars += "\n";
  EXPECT_EQ(Stripped(bars + "after\n"), "outer 2/2\nafter    \n");
}

TEST(TerminalTextTest, ExpandsTabs) {
  EXPECT_EQ(Stripped("a\tb\n"), "a       b\n");
  EXPECT_EQ(Stripped("12345678\tb\n"), "12345678        b\n");
  EXPECT_EQ(Stripped("abcdefghij\r\tX\n"), "abcdefghXj\n");
}

TEST(TerminalTextTest, KeepsColoursInAFormOfItsOwn) {
  EXPECT_EQ(Coloured("\x1b[1;31mred\x1b[0m plain\n"), "\x1b[0;1;31mred\x1b[0m plain\n");
  EXPECT_EQ(Coloured("\x1b[38;5;208mA\x1b[48;2;1;2;3mB"),
            "\x1b[0;38;5;208mA\x1b[0;38;5;208;48;2;1;2;3mB\x1b[0m");
  EXPECT_EQ(Coloured("\x1b[38:2::1:2:3mA\x1b[95mB\x1b[39mC"),
            "\x1b[0;38;2;1;2;3mA\x1b[0;95mB\x1b[0mC");
}

TEST(TerminalTextTest, EndsColoursAtEachLineEndAndTakesThemUpAgain) {
  EXPECT_EQ(Coloured("\x1b[32ma\nb\n"), "\x1b[0;32ma\x1b[0m\n\x1b[0;32mb\x1b[0m\n");
}

TEST(TerminalTextTest, DropsColoursWhenAsked) {
  EXPECT_EQ(Stripped("\x1b[1;31mred\x1b[0m\n"), "red\n");
}

TEST(TerminalTextTest, NeverBlinksAndNeverHides) {
  EXPECT_EQ(Coloured("\x1b[5;8msecret"), "secret");
}

TEST(TerminalTextTest, PassesOverWhatATerminalWouldObey) {
  EXPECT_EQ(Stripped("a\x1b]0;title\x07z"), "az");
  EXPECT_EQ(Stripped("a\x1b]52;c;ZXZpbA==\x1b\\z"), "az");
  EXPECT_EQ(Stripped("a\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\z"), "alinkz");
  EXPECT_EQ(Stripped("a\x1bPq#0;2;0;0;0\x1b\\z"), "az");
  EXPECT_EQ(Stripped("a\x1b[?1049h\x1b[6n\x1b[>c\x1b[1;5rz"), "az");
  EXPECT_EQ(Stripped("a\x1b"
                     "cb\x1b(0c\x1b=z"),
            "abcz");
  EXPECT_EQ(Stripped(std::string("a\0b\x07\x0e\x7fz", 7)), "abz");
}

TEST(TerminalTextTest, EndsAnOpenStringAtTheLineEnd) {
  EXPECT_EQ(Stripped("a\x1b]0;never ended\nb\n"), "a\nb\n");
}

TEST(TerminalTextTest, BreaksASequenceOffAtWhatCannotBeInIt) {
  EXPECT_EQ(Stripped("a\x1b[3\nb"), "a\nb");
  EXPECT_EQ(Stripped("a\x1b[3\x1b[32mb"), "ab");
  EXPECT_EQ(Stripped("a\x1b[12é"), "aé");
}

TEST(TerminalTextTest, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Stripped("a\xff\xc3z"), "a\uFFFD\uFFFDz");
  EXPECT_EQ(Stripped("\xe2\x82"), "\uFFFD");
  EXPECT_EQ(Stripped("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");
}

TEST(TerminalTextTest, ReplacesC1ControlsAndTurnedWritingDirections) {
  EXPECT_EQ(Stripped("a\u009B31mb"), "a\uFFFD31mb");
  EXPECT_EQ(Stripped("a\u202Eb\u2066c"), "a\uFFFDb\uFFFDc");
}

TEST(TerminalTextTest, CountsWideCharactersAsTwoColumns) {
  EXPECT_EQ(Stripped("漢字\rab"), "ab字");
  EXPECT_EQ(Stripped("漢字\ra"), "a 字");
  EXPECT_EQ(Stripped("漢字\x1b[3D*"), " *字");
  EXPECT_EQ(Stripped("a漢\r漢"), "漢 ");
}

TEST(TerminalTextTest, PutsMarksOnTheCharacterBefore) {
  EXPECT_EQ(Stripped("e\u0301a\r\x1b[CX"), "e\u0301X");
}

TEST(TerminalTextTest, ReachesNoLineThatHasScrolledAway) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + "\n";
  EXPECT_EQ(Stripped(text + "\x1b[1000AX").substr(0, 100), text.substr(0, 100));
  EXPECT_NE(Stripped(text + "\x1b[1000AX").find("\nX7\n"), std::string::npos);
}

TEST(TerminalTextTest, KeepsAllOfALineThatIsLongerThanItCanHold) {
  const std::string line(100'000, 'x');
  EXPECT_EQ(Stripped(line + "\n"), line + "\n");
  const std::string coloured = "\x1b[31m" + line + "\x1b[0m";
  const std::string view = Coloured(coloured);
  EXPECT_EQ(std::count(view.begin(), view.end(), 'x'), 100'000);
}

TEST(TerminalTextTest, HoldsBackLittleOfALongText) {
  std::size_t given = 0;
  TerminalText view(Colours::kStrip, [&](std::string_view text) { given += text.size(); });
  const std::string line = std::string(99, 'x') + "\n";
  for (int i = 0; i < 10'000; ++i) view.Feed(line);
  EXPECT_GT(given, 990'000U);
}

TEST(TerminalTextTest, CannotBeMadeToWriteMuchByLittle) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "\x1b[99999999Cx\n";
  EXPECT_LT(Stripped(text).size(), 520'000U);
}

TEST(TerminalTextTest, GivesSettledLinesOutWhenFollowing) {
  std::string given;
  TerminalText view(Colours::kStrip, [&](std::string_view text) { given.append(text); });
  view.Feed("one\ntwo\n50%");
  view.EmitSettled();
  EXPECT_EQ(given, "one\ntwo\n");
  EXPECT_EQ(view.Held(5), (std::vector<std::string>{"50%"}));
  view.Feed("\r99%\nouter\ninner\x1b[A");
  view.EmitSettled();
  EXPECT_EQ(given, "one\ntwo\n");
  EXPECT_EQ(view.Held(2), (std::vector<std::string>{"outer", "inner"}));
  view.Finish();
  EXPECT_EQ(given, "one\ntwo\n99%\nouter\ninner");
}

/// Texts in which terminals' codes are as frequent as letters.
rc::Gen<std::string> TerminalBytes() {
  const auto piece = rc::gen::oneOf(
      rc::gen::element<std::string>("\x1b[", "\x1b]52;", "\x1b\\", "\x07", "\x1b[A", "\x1b[2K",
                                    "\r", "\n", "\b", "\t", "\x1b[31m", "\x1b[0m", "\x1b[38;5;9m",
                                    "漢", "é", "\u0301", "\x1b[999C", "abc", "\x1b[2P", "\x1b[J"),
      rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string text;
                        for (const std::string& one : pieces) text += one;
                        return text;
                      });
}

/// True for text of printable characters and line ends, and SGR sequences if allowed.
bool IsHarmless(const std::string& text, bool with_colours) {
  if (!utf8::is_valid(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0x1b && with_colours) {
      const std::size_t end = text.find_first_not_of("0123456789;", i + 2);
      if (text.compare(i, 2, "\x1b[") != 0 || end == std::string::npos || text[end] != 'm') {
        return false;
      }
      i = end;
    } else if ((byte < 0x20 && byte != '\n') || byte == 0x7f) {
      return false;
    }
  }
  return text.find("\xc2\x80") == std::string::npos;
}

RC_GTEST_PROP(TerminalTextProperty, LetsNoControlThroughButLineEndsAndColours, ()) {
  const std::string text = *TerminalBytes();
  RC_ASSERT(IsHarmless(Stripped(text), false));
  RC_ASSERT(IsHarmless(Coloured(text), true));
}

RC_GTEST_PROP(TerminalTextProperty, DoesNotDependOnHowTheTextIsCut, ()) {
  const std::string text = *TerminalBytes();
  std::string pieced;
  TerminalText view(Colours::kKeep, [&](std::string_view piece) { pieced.append(piece); });
  for (std::size_t at = 0; at < text.size();) {
    const auto length = *rc::gen::inRange<std::size_t>(1, 8);
    view.Feed(std::string_view(text).substr(at, length));
    at += length;
  }
  view.Finish();
  RC_ASSERT(pieced == Coloured(text));
}

RC_GTEST_PROP(TerminalTextProperty, LeavesPlainLinesAsTheyAre, ()) {
  const auto printable = rc::gen::inRange<char>(' ', '\x7f');
  const auto lines =
      *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(printable));
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  RC_ASSERT(Stripped(text) == text);
}

RC_GTEST_PROP(PlainLineProperty, IsOneHarmlessLine, ()) {
  const std::string line = PlainLine(*TerminalBytes());
  RC_ASSERT(IsHarmless(line, false));
  RC_ASSERT(line.find('\n') == std::string::npos);
}

TEST(PlainLineTest, PutsANameOnOneLineWithoutObeyingIt) {
  EXPECT_EQ(PlainLine("evil\r\n\x1b]0;pwned\x07name\x1b[2K\tx"), "evil  name x");
}

TEST(FitColumnsTest, CutsWithAnEllipsisOnlyWhatIsTooWide) {
  EXPECT_EQ(FitColumns("abcdef", 6), "abcdef");
  EXPECT_EQ(FitColumns("abcdef", 5), "abcd…");
  EXPECT_EQ(FitColumns("漢字漢字", 5), "漢字…");
  EXPECT_EQ(FitColumns("漢字漢字", 6), "漢字…");
}

}  // namespace
}  // namespace cellar
