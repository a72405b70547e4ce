// Reading cron expressions: CronExpression::Parse.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>
#include <vector>

#include "jobs/cron_expression.h"
#include "jobs/source_text.h"
#include "jobs/spelling.h"

namespace cellar {
namespace {

struct Field {
  std::string_view name;
  int least;
  int most;
  int size;  // how many different values there are
  std::vector<std::string> names = {};
  int first_name = 0;  // the value of names[0]
};

const std::array<Field, 5>& Fields() {
  static const std::array<Field, 5> kFields{
      {{"minute", 0, 59, 60},
       {"hour", 0, 23, 24},
       {"day of month", 1, 31, 31},
       {"month",
        1,
        12,
        12,
        {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
        1},
       {"day of week", 0, 7, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, 0}}};
  return kFields;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShorthands{
    {{"@hourly", "0 * * * *"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@weekly", "0 0 * * 0"},
     {"@monthly", "0 0 1 * *"},
     {"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"}}};

// What some other schedulers know and cron does not, by a character that nothing else has.
constexpr std::array<std::pair<char, std::string_view>, 4> kForeign{
    {{'?', "write * for any"},
     {'l', "there is no last day in cron: write a day that every month has"},
     {'w', "there is no nearest weekday in cron: write the days"},
     {'#', "there is no nth weekday in cron: write the weekday, or the days"}}};

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// A piece of the expression and where it stands in it.
struct Piece {
  std::string_view text;
  std::size_t offset = 0;

  Piece Sub(std::size_t begin, std::size_t length = std::string_view::npos) const {
    return {text.substr(begin, length), offset + begin};
  }
};

std::vector<Piece> Split(const Piece& whole, std::string_view separators) {
  std::vector<Piece> pieces;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end =
        std::min(whole.text.find_first_of(separators, begin), whole.text.size());
    pieces.push_back(whole.Sub(begin, end - begin));
    if (end == whole.text.size()) return pieces;
    begin = end + 1;
  }
}

}  // namespace

class CronParser {
 public:
  std::variant<CronExpression, CronFault> Parse(std::string_view text) {
    if (Trimmed(text).starts_with('@')) {
      ReadShorthand(Trimmed(text));
    } else {
      ReadFields({text, 0});
    }
    if (fault_) return *std::move(fault_);
    return cron_;
  }

 private:
  void Fail(std::size_t offset, std::string what, std::string suggestion) {
    if (!fault_) fault_ = CronFault{offset, std::move(what), std::move(suggestion)};
  }

  void ReadShorthand(std::string_view text) {
    std::vector<std::string> words;
    for (const auto& [word, meaning] : kShorthands) {
      if (LowerCase(text) == word) return ReadFields({meaning, 0});
      words.emplace_back(word);
    }
    Fail(0, "cron is " + Quoted(text), SuggestWord(text, words, "words"));
  }

  void ReadFields(const Piece& whole) {
    std::vector<Piece> pieces = Split(whole, " \t");
    std::erase_if(pieces, [](const Piece& piece) { return piece.text.empty(); });
    if (pieces.size() != Fields().size()) {
      const bool too_many = pieces.size() > Fields().size();
      Fail(too_many ? pieces[Fields().size()].offset : whole.text.size(),
           fmt::format("cron has {} field{}, not 5", pieces.size(), pieces.size() == 1 ? "" : "s"),
           "minute, hour, day of month, month, day of week");
      return;
    }
    std::array<std::bitset<64>, 5> allowed;
    for (std::size_t i = 0; i < pieces.size() && !fault_; ++i) {
      allowed[i] = ReadField(Fields()[i], pieces[i]);
    }
    if (fault_) return;
    Fill(allowed);
    cron_.either_day_ = !pieces[2].text.starts_with('*') && !pieces[4].text.starts_with('*');
    if (cron_.EverComes()) return;
    Fail(pieces[2].offset, "cron never comes: no month of it has such a day",
         "February has at most 29 days; April, June, September and November have 30");
  }

  void Fill(const std::array<std::bitset<64>, 5>& allowed) {
    for (std::size_t i = 0; i < 64; ++i) {
      if (allowed[0][i]) cron_.minutes_.set(i);
      if (allowed[1][i]) cron_.hours_.set(i);
      if (allowed[2][i]) cron_.days_.set(i);
      if (allowed[3][i]) cron_.months_.set(i);
      if (allowed[4][i]) cron_.weekdays_.set(i % 7);
    }
  }

  std::bitset<64> ReadField(const Field& field, const Piece& piece) {
    std::bitset<64> values;
    for (const Piece& element : Split(piece, ",")) {
      if (fault_) break;
      const std::size_t slash = element.text.find('/');
      const bool has_step = slash != std::string_view::npos;
      auto [low, high] = ReadRange(field, element.Sub(0, slash), has_step);
      const int step = has_step ? ReadStep(field, element.Sub(slash + 1)) : 1;
      for (int value = low; !fault_ && value <= high; value += step) {
        values.set(static_cast<std::size_t>(value));
      }
    }
    return values;
  }

  // `*`, `a`, `a-b`; with a step `a` goes on to the field's end.
  std::pair<int, int> ReadRange(const Field& field, const Piece& range, bool has_step) {
    if (range.text == "*") return {field.least, field.most};
    const std::size_t dash = range.text.find('-');
    const int low = ReadValue(field, range.Sub(0, dash));
    if (dash == std::string_view::npos) return {low, has_step ? field.most : low};
    int high = ReadValue(field, range.Sub(dash + 1));
    if (high == 0 && low > 0 && field.most == 7) high = 7;  // sat-sun
    if (low > high) {
      const int last = field.least + field.size - 1;
      const std::string upper = low > last ? "" : fmt::format("{}-{},", low, last);
      Fail(range.offset, fmt::format("{} {} runs backwards", field.name, range.text),
           fmt::format("write {}{}-{}", upper, field.least, high));
    }
    return {low, high};
  }

  int ReadStep(const Field& field, const Piece& step) {
    int value = 0;
    const auto [end, error] =
        std::from_chars(step.text.data(), step.text.data() + step.text.size(), value);
    if (IsDigits(step.text) && error == std::errc() && value >= 1 && value <= field.size) {
      return value;
    }
    Fail(step.offset, fmt::format("{} has the step {}", field.name, Quoted(step.text)),
         fmt::format("from 1 to {}", field.size));
    return 1;
  }

  int ReadValue(const Field& field, const Piece& piece) {
    if (!IsDigits(piece.text)) return ReadName(field, piece);
    int value = -1;
    std::from_chars(piece.text.data(), piece.text.data() + piece.text.size(), value);
    if (value < field.least || value > field.most) {
      Fail(piece.offset, fmt::format("{} is {}", field.name, OneLine(piece.text, 20)),
           fmt::format("from {} to {}", field.least, field.most));
    }
    return value;
  }

  int ReadName(const Field& field, const Piece& piece) {
    const std::string word = LowerCase(piece.text);
    const auto found = std::ranges::find(field.names, word);
    if (found != field.names.end()) {
      return field.first_name + static_cast<int>(found - field.names.begin());
    }
    Fail(piece.offset, fmt::format("{} is {}", field.name, Quoted(piece.text)),
         SuggestionFor(field, word));
    return field.least;
  }

  static std::string SuggestionFor(const Field& field, const std::string& word) {
    if (const auto nearest = NearestWord(word, field.names)) {
      return fmt::format("did you mean \"{}\"?", *nearest);
    }
    for (const std::string& name : field.names) {
      if (word.starts_with(name)) return fmt::format("did you mean \"{}\"?", name);
    }
    for (const auto& [mark, hint] : kForeign) {
      const bool alone = word.find_first_not_of(std::string("0123456789") + mark) == word.npos;
      if (alone && word.find(mark) != word.npos) return std::string(hint);
    }
    std::string right = fmt::format("from {} to {}", field.least, field.most);
    if (!field.names.empty()) {
      right += fmt::format(", or {} to {}", field.names.front(), field.names.back());
    }
    return right + ", *, or lists, ranges and steps of them: 1,5 1-5 */2";
  }

  CronExpression cron_;
  std::optional<CronFault> fault_;
};

std::variant<CronExpression, CronFault> CronExpression::Parse(std::string_view text) {
  return CronParser().Parse(text);
}

}  // namespace cellar
