#include "tests/jobs/arbitrary_job.h"

#include <fmt/format.h>
#include <utf8.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <random>
#include <set>

#include "jobs/constraint.h"
#include "jobs/cron_expression.h"
#include "jobs/duration.h"
#include "jobs/literals.h"
#include "tests/jobs/arbitrary_cron.h"

namespace cellar {
namespace {

using std::chrono::milliseconds;

std::string Utf8(const std::vector<std::uint32_t>& characters) {
  std::string text;
  for (const std::uint32_t c : characters) utf8::append(c, std::back_inserter(text));
  return text;
}

rc::Gen<std::uint32_t> AnyCharacter(std::uint32_t least) {
  return rc::gen::weightedOneOf<std::uint32_t>(
      {{6, rc::gen::inRange<std::uint32_t>(least, 0x7F)},
       {1, rc::gen::inRange<std::uint32_t>(0xA0, 0xD800)},
       {1, rc::gen::inRange<std::uint32_t>(0xE000, 0x110000)},
       {2, rc::gen::elementOf(std::vector<std::uint32_t>{'"', '\'', '\\', '[', '=', '#', ' '})}});
}

template <typename T>
rc::Gen<std::optional<T>> Maybe(rc::Gen<T> gen) {
  return rc::gen::oneOf(rc::gen::just(std::optional<T>()),
                        rc::gen::map(std::move(gen), [](T value) { return std::optional(value); }));
}

rc::Gen<milliseconds> AnyDuration() {
  return rc::gen::map(rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000),
                      [](std::int64_t count) { return milliseconds(count); });
}

rc::Gen<double> AnyFloat() {
  return rc::gen::suchThat(rc::gen::arbitrary<double>(), [](double d) { return std::isfinite(d); });
}

rc::Gen<std::string> AnyName() {
  return rc::gen::nonEmpty(rc::gen::resize(
      20, rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcXYZ019_")))));
}

Value AnyScalar() {
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return *AnyText();
    case 1:
      return *rc::gen::arbitrary<std::int64_t>();
    case 2:
      return *AnyFloat();
    default:
      return *rc::gen::arbitrary<bool>();
  }
}

Value ValueOfDepth(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 4 : 2);
  if (kind < 2) return AnyScalar();
  const int size = *rc::gen::inRange(0, 4);
  Value value = kind == 2 ? Value::array() : Value::object();
  for (int i = 0; i < size; ++i) {
    if (kind == 2) {
      value.push_back(ValueOfDepth(depth - 1));
    } else {
      value[*AnyText()] = ValueOfDepth(depth - 1);
    }
  }
  return value;
}

std::vector<Parameter> SomeParameters() {
  std::set<std::string> names;
  std::vector<Parameter> parameters;
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    const std::string name = "p" + *AnyName();
    if (!names.insert(name).second) continue;
    Parameter parameter{name, *Maybe(AnyValue()), {}};
    parameter.constraint.required = !parameter.value;
    if (!parameter.value) {
      parameter.constraint.type =
          *Maybe(rc::gen::element(ParameterType::kString, ParameterType::kTable));
      parameter.constraint.choices =
          *rc::gen::resize(3, rc::gen::container<std::vector<Value>>(AnyValue()));
      parameter.constraint.min =
          *Maybe(rc::gen::map(AnyFloat(), [](double d) { return Value(d); }));
      parameter.constraint.pattern =
          *Maybe(rc::gen::element<std::string>("a+", "[x\\d]", "é|\\\\"));
    }
    parameters.push_back(std::move(parameter));
  }
  // Those without a default stand in [constraints] alone, behind the others.
  std::ranges::stable_partition(parameters, [](const Parameter& p) { return p.value.has_value(); });
  return parameters;
}

Cell SomeCell(int index) {
  Cell cell;
  if (*rc::gen::arbitrary<bool>()) cell.name = fmt::format("{}{}", index, *AnyLine());
  cell.source = "x" + *AnyText();
  cell.file = "job.toml";
  cell.timeout = *Maybe(AnyDuration());
  cell.on_error = *rc::gen::element(OnError::kStop, OnError::kContinue);
  cell.expects_error = *rc::gen::arbitrary<bool>();
  if (cell.expects_error && *rc::gen::arbitrary<bool>()) cell.expected_error = *AnyLine();
  cell.skip = *rc::gen::arbitrary<bool>();
  return cell;
}

Retry SomeRetry() {
  Retry retry;
  retry.attempts = *rc::gen::inRange(1, 1000);
  retry.delay = *AnyDuration();
  retry.backoff = *rc::gen::inRange(100, 10'000) / 100.0;
  for (const RunReason reason : {RunReason::kCellError, RunReason::kKernelDied}) {
    if (*rc::gen::arbitrary<bool>()) retry.on.push_back(reason);
  }
  return retry;
}

Concurrency SomeConcurrency() {
  Concurrency concurrency;
  concurrency.key = *AnyLine();
  concurrency.limit = *rc::gen::inRange(1, 10'000);
  concurrency.policy = *rc::gen::element(Overlap::kQueue, Overlap::kSkip, Overlap::kReplace);
  return concurrency;
}

Schedule SomeSchedule() {
  Schedule schedule;
  std::mt19937 random(*rc::gen::arbitrary<unsigned>());
  do {
    schedule.cron = AnyCron(&random);
  } while (std::holds_alternative<CronFault>(CronExpression::Parse(schedule.cron)));
  schedule.timezone = *rc::gen::element<std::string>("UTC", "Europe/Berlin");
  schedule.jitter = milliseconds(*rc::gen::inRange(0, 86'400'001));
  schedule.catch_up = *rc::gen::element(CatchUp::kLatest, CatchUp::kAll, CatchUp::kNone);
  return schedule;
}

std::vector<std::string> SomeLines() {
  std::vector<std::string> lines;
  const int count = *rc::gen::inRange(0, 3);
  for (int i = 0; i < count; ++i) lines.push_back(fmt::format("{}{}", i, *AnyLine()));
  return lines;
}

Job SomeJob() {
  Job job;
  job.name = "j" + *AnyName();
  job.description = *AnyText();
  job.kernel = *rc::gen::element<std::string>("", "x-kernel", "weird name é");
  if (*rc::gen::arbitrary<bool>()) job.gateway = *AnyLine();
  job.tags = SomeLines();
  job.requires_labels = SomeLines();
  job.working_dir = *AnyLine();
  job.timeout = *Maybe(AnyDuration());
  job.cell_timeout = *Maybe(AnyDuration());
  job.stall_timeout = *Maybe(AnyDuration());
  job.parameters = SomeParameters();
  job.retry = SomeRetry();
  if (*rc::gen::arbitrary<bool>()) job.concurrency = SomeConcurrency();
  if (*rc::gen::arbitrary<bool>()) job.schedule = SomeSchedule();
  const int cells = *rc::gen::inRange(1, 4);
  for (int i = 0; i < cells; ++i) job.cells.push_back(SomeCell(i));
  return job;
}

// --- Writing

std::string QuotedToml(std::string_view text) {
  return '"' + Escaped(text, "\\\"", "\\u{:04x}") + '"';
}

std::string TomlValue(const Value& value) {
  if (value.is_string()) return QuotedToml(value.get<std::string>());
  if (value.is_number_float()) return DecimalFloat(value.get<double>());
  if (!value.is_structured()) return value.dump();
  std::string text = value.is_array() ? "[" : "{";
  for (const auto& item : value.items()) {
    if (text.size() > 1) text += ", ";
    if (value.is_object()) text += QuotedToml(item.key()) + " = ";
    text += TomlValue(item.value());
  }
  return text + (value.is_array() ? "]" : "}");
}

class TomlWriter {
 public:
  void Key(std::string_view key, const Value& value) {
    text_ += fmt::format("{} = {}\n", key, TomlValue(value));
  }
  void Header(std::string_view header) { text_ += fmt::format("\n{}\n", header); }
  void Duration(std::string_view key, const std::optional<milliseconds>& duration) {
    if (duration) Key(key, FormatDuration(*duration));
  }
  std::string text() const { return text_; }

 private:
  std::string text_;
};

void WriteTop(const Job& job, TomlWriter* toml) {
  toml->Key("name", job.name);
  toml->Key("description", job.description);
  if (!job.kernel.empty()) toml->Key("kernel", job.kernel);
  if (!job.gateway.empty()) toml->Key("gateway", job.gateway);
  toml->Key("requires", job.requires_labels);
  toml->Key("tags", job.tags);
  toml->Key("working_dir", job.working_dir);
  toml->Duration("timeout", job.timeout);
  toml->Duration("cell_timeout", job.cell_timeout);
  toml->Duration("stall_timeout", job.stall_timeout);
}

Value ConstraintTable(const Constraint& constraint) {
  Value table{{"required", constraint.required}};
  if (constraint.type) {
    table["type"] = ParameterTypeWords()[static_cast<std::size_t>(*constraint.type)];
  }
  if (!constraint.choices.empty()) table["choices"] = constraint.choices;
  if (constraint.min) table["min"] = *constraint.min;
  if (constraint.pattern) table["pattern"] = *constraint.pattern;
  return table;
}

void WriteParameters(const Job& job, TomlWriter* toml) {
  toml->Header("[parameters]");
  for (const Parameter& parameter : job.parameters) {
    if (parameter.value) toml->Key(parameter.name, *parameter.value);
  }
  toml->Header("[constraints]");
  for (const Parameter& parameter : job.parameters) {
    toml->Key(parameter.name, ConstraintTable(parameter.constraint));
  }
}

void WriteRetry(const Retry& retry, TomlWriter* toml) {
  toml->Header("[retry]");
  toml->Key("attempts", retry.attempts);
  toml->Key("delay", FormatDuration(retry.delay));
  toml->Key("backoff", retry.backoff);
  Value on = Value::array();
  for (const RunReason reason : retry.on) on.push_back(ToWord(reason));
  toml->Key("on", on);
}

void WriteConcurrency(const Concurrency& concurrency, TomlWriter* toml) {
  toml->Header("[concurrency]");
  toml->Key("key", concurrency.key);
  toml->Key("limit", concurrency.limit);
  toml->Key("policy", ToWord(concurrency.policy));
}

void WriteSchedule(const Schedule& schedule, TomlWriter* toml) {
  toml->Header("[schedule]");
  toml->Key("cron", schedule.cron);
  toml->Key("timezone", schedule.timezone);
  toml->Duration("jitter", schedule.jitter);
  toml->Key("catch_up", ToWord(schedule.catch_up));
}

void WriteCell(const Cell& cell, TomlWriter* toml) {
  toml->Header("[[cell]]");
  if (!cell.name.empty()) toml->Key("name", cell.name);
  toml->Key("code", cell.source);
  toml->Duration("timeout", cell.timeout);
  toml->Key("on_error", cell.on_error == OnError::kStop ? "stop" : "continue");
  if (!cell.expected_error.empty()) {
    toml->Key("expect_error", cell.expected_error);
  } else {
    toml->Key("expect_error", cell.expects_error);
  }
  toml->Key("skip", cell.skip);
}

}  // namespace

rc::Gen<std::string> AnyText() {
  return rc::gen::map(
      rc::gen::resize(30, rc::gen::container<std::vector<std::uint32_t>>(AnyCharacter(1))), Utf8);
}

rc::Gen<std::string> AnyLine() {
  return rc::gen::map(rc::gen::nonEmpty(rc::gen::resize(
                          30, rc::gen::container<std::vector<std::uint32_t>>(AnyCharacter(0x20)))),
                      Utf8);
}

rc::Gen<Value> AnyValue() {
  return rc::gen::exec([] { return ValueOfDepth(3); });
}

rc::Gen<Job> AnyJob() {
  return rc::gen::exec([] { return SomeJob(); });
}

std::string ToToml(const Job& job) {
  TomlWriter toml;
  WriteTop(job, &toml);
  WriteParameters(job, &toml);
  WriteRetry(job.retry, &toml);
  if (job.concurrency) WriteConcurrency(*job.concurrency, &toml);
  if (job.schedule) WriteSchedule(*job.schedule, &toml);
  for (const Cell& cell : job.cells) WriteCell(cell, &toml);
  return toml.text();
}

}  // namespace cellar
