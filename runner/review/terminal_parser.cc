#include "runner/review/terminal_parser.h"

#include <algorithm>

namespace cellar {
namespace {

constexpr char32_t kReplacementCharacter = 0xfffd;
constexpr unsigned char kEscapeByte = 0x1b;
constexpr std::size_t kLongestSequence = 256;

bool IsPrintableAscii(unsigned char byte) { return byte >= 0x20 && byte < 0x7f; }

}  // namespace

bool MustNotBeShown(char32_t character) {
  return (character >= 0x80 && character < 0xa0) || (character >= 0x202a && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069);
}

void TerminalParser::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::kText && missing_ == 0 && IsPrintableAscii(bytes.front())) {
      const auto end = std::find_if_not(bytes.begin(), bytes.end(), IsPrintableAscii);
      const auto length = static_cast<std::size_t>(end - bytes.begin());
      events_.Print(bytes.substr(0, length));
      bytes.remove_prefix(length);
    } else if (TakeByte(static_cast<unsigned char>(bytes.front()))) {
      bytes.remove_prefix(1);
    }
  }
}

void TerminalParser::Finish() {
  if (missing_ > 0) events_.Print(kReplacementCharacter);
  missing_ = 0;
  state_ = State::kText;
}

bool TerminalParser::TakeByte(unsigned char byte) {
  switch (state_) {
    case State::kText:
      return missing_ > 0 ? TakeContinuation(byte) : TakeInText(byte);
    case State::kEscape:
      return TakeInEscape(byte);
    case State::kSequence:
      return TakeInSequence(byte);
    case State::kString:
      return TakeInString(byte);
    case State::kStringEscape:  // ESC \ ends the string; any other ESC begins something new
      state_ = byte == '\\' ? State::kText : State::kEscape;
      return byte == '\\';
  }
  return true;
}

bool TerminalParser::TakeInText(unsigned char byte) {
  if (byte == kEscapeByte) {
    state_ = State::kEscape;
  } else if (byte < 0x20) {
    events_.Control(static_cast<char>(byte));
  } else if (byte >= 0x80) {
    BeginCharacter(byte);
  }
  return true;  // 0x7f, delete, shows nothing
}

void TerminalParser::BeginCharacter(unsigned char lead) {
  lowest_ = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;   // no overlong forms
  highest_ = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;  // no surrogates, nothing too large
  if (lead >= 0xc2 && lead <= 0xdf) {
    missing_ = 1;
    character_ = lead & 0x1f;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    missing_ = 2;
    character_ = lead & 0x0f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    missing_ = 3;
    character_ = lead & 0x07;
  } else {
    events_.Print(kReplacementCharacter);
  }
}

bool TerminalParser::TakeContinuation(unsigned char byte) {
  if (byte < lowest_ || byte > highest_) {
    missing_ = 0;
    events_.Print(kReplacementCharacter);
    return false;
  }
  lowest_ = 0x80;
  highest_ = 0xbf;
  character_ = character_ << 6 | (byte & 0x3f);
  if (--missing_ == 0)
    events_.Print(MustNotBeShown(character_) ? kReplacementCharacter : character_);
  return true;
}

bool TerminalParser::TakeInEscape(unsigned char byte) {
  if (byte == '[') {
    state_ = State::kSequence;
    parameters_.clear();
    is_private_ = false;
    return true;
  }
  const bool begins_string =
      byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_';
  if (byte >= 0x20 && byte < 0x30) return true;  // intermediate: the final byte is still to come
  state_ = begins_string ? State::kString : State::kText;
  return IsPrintableAscii(byte);
}

bool TerminalParser::TakeInSequence(unsigned char byte) {
  const bool is_final = byte >= 0x40 && byte < 0x7f;
  if (is_final) {
    state_ = State::kText;
    if (!is_private_) events_.Sequence(parameters_, static_cast<char>(byte));
    return true;
  }
  if (byte < 0x20 || byte >= 0x7f) {  // broken off
    state_ = State::kText;
    return false;
  }
  const bool is_plain = (byte >= '0' && byte <= ';');
  if (!is_plain || parameters_.size() >= kLongestSequence) is_private_ = true;
  if (!is_private_) parameters_.push_back(static_cast<char>(byte));
  return true;
}

/// Titles, clipboards, links, images: passed over up to BEL or ESC \. A line end ends one as well,
/// so that one left open does not hide the rest.
bool TerminalParser::TakeInString(unsigned char byte) {
  constexpr unsigned char kBell = 0x07;
  if (byte == kEscapeByte) {
    state_ = State::kStringEscape;
  } else if (byte == kBell) {
    state_ = State::kText;
  } else if (byte == '\n') {
    state_ = State::kText;
    return false;
  }
  return true;
}

}  // namespace cellar
