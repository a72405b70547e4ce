// Our reader of cron expressions against python3-croniter, on thousands of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "jobs/cron_expression.h"
#include "tests/jobs/arbitrary_cron.h"
#include "tests/jobs/interpreter.h"

namespace cellar {
namespace {

constexpr int kTimes = 4;  // of each expression

// A line of CASES is how its day fields go together, a time and the expression; the answer is the
// next times, or "refused". Where Vixie cron looks for a `*` at the beginning of a day field,
// croniter looks for one that allows all, however written; and of "31 9 1" it refuses the Mondays
// with the 31st. `either` and `both` are therefore put together of expressions with one day field.
// croniter 1.3.5 loses days at the beginning of the month behind one that is too short ("1,30"), so
// it is asked again at each month's beginning.
constexpr std::string_view kScript = R"~(
from datetime import datetime, timedelta, timezone

from croniter.croniter import croniter, CroniterError

def month_after(time):
    date = datetime.fromtimestamp(time, timezone.utc)
    first = date.replace(day=1, hour=0, minute=0, second=0)
    return (first + timedelta(days=32)).replace(day=1).timestamp()

def following(expression, start):
    while True:
        time = croniter(expression, start).get_next(float)
        month = month_after(start + 60)
        if time < month or expression.split()[2] == "*":
            return time
        start = month - 60

def by_croniter(minute, hour, day, month, weekday, start):
    return following(f"{minute} {hour} {day} {month} {weekday}", start)

def either(minute, hour, day, month, weekday, start):
    times = []
    for days in (f"{day} {month} *", f"* {month} {weekday}"):
        try:
            times.append(following(f"{minute} {hour} {days}", start))
        except CroniterError:
            pass  # 30 February
    return min(times)

def both(minute, hour, day, month, weekday, start):
    while True:
        one = following(f"{minute} {hour} {day} {month} *", start)
        other = following(f"{minute} {hour} * {month} {weekday}", one - 60)
        if one == other:
            return one
        start = other - 60

rules = {"croniter": by_croniter, "either": either, "both": both}
for line in CASES.strip().splitlines():
    rule, start, expression = line.split(" ", 2)
    time, times = float(start), []
    try:
        for _ in range(TIMES):
            time = rules[rule](*expression.split(), time)
            times.append(str(int(time)))
        print(*times)
    except CroniterError:
        print("refused")
)~";

struct Case {
  long start = 0;  // seconds since 1970 on a clock that is never changed
  std::string expression;
};

std::string OurAnswer(const Case& test) {
  const auto parsed = CronExpression::Parse(test.expression);
  if (std::holds_alternative<CronFault>(parsed)) return "refused";
  LocalMinute time{std::chrono::minutes(test.start / 60)};
  std::string answer;
  for (int i = 0; i < kTimes; ++i) {
    time = std::get<CronExpression>(parsed).Next(time + std::chrono::minutes(1)).value();
    answer += fmt::format("{}{}", i > 0 ? " " : "", time.time_since_epoch().count() * 60);
  }
  return answer;
}

std::vector<std::string> FieldsOf(const std::string& expression) {
  std::istringstream words(expression);
  std::vector<std::string> fields;
  for (std::string field; words >> field;) fields.push_back(field);
  return fields;
}

bool AllowsEveryDay(const std::string& day, const std::string& weekday) {
  const auto cron = CronExpression::Parse(fmt::format("0 0 {} 1 {}", day, weekday));
  const LocalMinute january = std::chrono::local_days(std::chrono::year(2024) / 1 / 1);
  for (int i = 0; i < 31; ++i) {
    if (!std::get<CronExpression>(cron).Matches(january + std::chrono::days(i))) return false;
  }
  return true;
}

std::string RuleOf(const std::string& expression) {
  const std::vector<std::string> fields = FieldsOf(expression);
  const std::string& day = fields.at(2);
  const std::string& weekday = fields.at(4);
  if (day == "*" || weekday == "*") return "croniter";
  if (day.starts_with('*') || weekday.starts_with('*')) return "both";
  const bool by_weekday_only =
      OurAnswer({0, fmt::format("0 0 {} {} *", day, fields.at(3))}) == "refused";
  const bool by_all = AllowsEveryDay(day, "*") || AllowsEveryDay("*", weekday);
  return by_weekday_only || by_all ? "either" : "croniter";
}

std::vector<std::string> AnswersOfCroniter(const std::vector<Case>& cases) {
  std::string lines;
  for (const Case& test : cases) {
    lines += fmt::format("{} {} {}\n", RuleOf(test.expression), test.start, test.expression);
  }
  const std::string script =
      fmt::format("CASES = '''{}'''\nTIMES = {}\n{}", lines, kTimes, kScript);
  std::istringstream output(OutputOf("/usr/bin/python3", script));
  std::vector<std::string> answers;
  for (std::string line; std::getline(output, line);) answers.push_back(line);
  return answers;
}

TEST(CronAgainstCroniterTest, AgreesOnThousandsOfExpressions) {
  std::mt19937 random(20261124);
  std::vector<Case> cases;
  for (int i = 0; i < 4000; ++i) {
    const long start = std::uniform_int_distribution<long>(0, 2'000'000'000)(random);
    cases.push_back({start / 60 * 60, AnyCron(&random)});
  }
  for (const char* shorthand : {"0 * * * *", "0 0 * * *", "0 0 * * 0", "0 0 1 * *", "0 0 1 1 *"}) {
    cases.push_back({1'700'000'040, shorthand});
  }
  const std::vector<std::string> answers = AnswersOfCroniter(cases);
  ASSERT_EQ(answers.size(), cases.size()) << answers.back();
  int refused = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (answers[i] == "refused") ++refused;
    EXPECT_EQ(OurAnswer(cases[i]), answers[i]) << cases[i].expression << " from " << cases[i].start;
  }
  EXPECT_LT(refused, 100);
}

}  // namespace
}  // namespace cellar
