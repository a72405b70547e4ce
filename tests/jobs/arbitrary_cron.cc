#include "tests/jobs/arbitrary_cron.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

namespace cellar {
namespace {

struct Field {
  int least;
  int most;
  int size;
  std::vector<std::string_view> names = {};
};

const std::array<Field, 5>& Fields() {
  static const std::array<Field, 5> kFields{
      {{0, 59, 60},
       {0, 23, 24},
       {1, 31, 31},
       {1,
        12,
        12,
        {"jan", "Feb", "MAR", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
       {0, 7, 7, {"sun", "Mon", "TUE", "wed", "thu", "fri", "sat"}}}};
  return kFields;
}

int From(int least, int most, std::mt19937* random) {
  return std::uniform_int_distribution<int>(least, most)(*random);
}

std::string ValueIn(const Field& field, int value, std::mt19937* random) {
  const int name = value - field.least;
  if (name < static_cast<int>(field.names.size()) && From(0, 2, random) == 0) {
    return std::string(field.names[static_cast<std::size_t>(name)]);
  }
  return From(0, 5, random) == 0 ? fmt::format("{:02}", value) : fmt::format("{}", value);
}

std::string Range(const Field& field, std::mt19937* random) {
  const int low = From(field.least, field.most, random);
  const int high = From(low, field.most, random);
  if (field.most == 7 && low > 0 && high == 7 && From(0, 1, random) == 0) {
    return ValueIn(field, low, random) + "-sun";
  }
  return ValueIn(field, low, random) + "-" + ValueIn(field, high, random);
}

std::string Element(const Field& field, std::mt19937* random) {
  const std::string step = fmt::format("/{}", From(1, field.size, random));
  switch (From(0, 7, random)) {
    case 0:
      return "*";
    case 1:
      return "*" + step;
    case 2:
      return Range(field, random) + step;
    case 3:
      return ValueIn(field, From(field.least, field.most, random), random) + step;
    case 4:
    case 5:
      return Range(field, random);
    default:
      return ValueIn(field, From(field.least, field.most, random), random);
  }
}

std::string List(const Field& field, std::mt19937* random) {
  if (From(0, 3, random) == 0) return "*";
  std::string list = Element(field, random);
  for (int more = From(-2, 2, random); more > 0; --more) list += "," + Element(field, random);
  return list;
}

}  // namespace

std::string AnyCron(std::mt19937* random) {
  std::string cron;
  for (const Field& field : Fields()) {
    if (!cron.empty()) cron += From(0, 9, random) == 0 ? "  " : " ";
    cron += List(field, random);
  }
  return cron;
}

}  // namespace cellar
