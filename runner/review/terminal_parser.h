// Bytes meant for a terminal, told apart into characters, controls and control sequences. Pure.
// Rules: ECMA-48 5.4 and 5.6; UTF-8 as in Unicode 3.9 (table 3-7).
#pragma once

#include <string>
#include <string_view>

namespace cellar {

/// C1 controls, and embeddings, overrides and isolates of the bidirectional algorithm, with which a
/// text can look like another one.
bool MustNotBeShown(char32_t character);

/// What the parser finds, in order.
class TerminalEvents {
 public:
  virtual ~TerminalEvents() = default;
  /// Printable ASCII, as long a stretch as there is.
  virtual void Print(std::string_view ascii) = 0;
  /// Any other character that may be shown. What must not be is U+FFFD here: bytes that are not
  /// UTF-8, C1 controls, and the controls that turn the writing direction round.
  virtual void Print(char32_t character) = 0;
  /// A C0 control.
  virtual void Control(char control) = 0;
  /// A control sequence without private markers or intermediate bytes: `parameters` are digits,
  /// ';' and ':'.
  virtual void Sequence(std::string_view parameters, char final) = 0;
};

class TerminalParser {
 public:
  explicit TerminalParser(TerminalEvents& events) : events_(events) {}

  void Feed(std::string_view bytes);
  /// The text ends: an unfinished character becomes U+FFFD, an unfinished sequence nothing.
  void Finish();

 private:
  enum class State { kText, kEscape, kSequence, kString, kStringEscape };

  /// Takes one byte outside a stretch of text. False: it is to be looked at again.
  bool TakeByte(unsigned char byte);
  bool TakeInText(unsigned char byte);
  bool TakeContinuation(unsigned char byte);
  bool TakeInEscape(unsigned char byte);
  bool TakeInSequence(unsigned char byte);
  bool TakeInString(unsigned char byte);
  void BeginCharacter(unsigned char lead);

  TerminalEvents& events_;
  State state_ = State::kText;
  std::string parameters_;  // of the sequence that is being read
  bool is_private_ = false;
  char32_t character_ = 0;  // of the UTF-8 sequence that is being read
  int missing_ = 0;         // its bytes to come
  unsigned char lowest_ = 0x80;
  unsigned char highest_ = 0xbf;  // bounds of its next byte
};

}  // namespace cellar
