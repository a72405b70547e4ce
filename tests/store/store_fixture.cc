#include "tests/store/store_fixture.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace cellar {
namespace {

std::string WordOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kStore:
      return "store";
    case ErrorKind::kStoreFull:
      return "full";
    case ErrorKind::kClaimLost:
      return "claim lost";
    default:
      return "another kind";
  }
}

template <typename E>
std::string WithReason(E state, const auto& reason) {
  std::string text(ToWord(state));
  if (reason) text += fmt::format(" {}", ToWord(*reason));
  return text;
}

std::string QuotedSql(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string LineOf(const OutputRecord& output) {
  const std::string mark = output.cleared ? "*" : "";
  if (output.body.at("output_type") != "stream") {
    return fmt::format("  {}{} {}\n", mark, output.number, output.body.dump());
  }
  const std::string text = output.body.at("text");
  const std::string name = output.body.at("name");
  if (output.missing == 0) {
    return fmt::format("  {}{} {}: {}\n", mark, output.number, name, QuotedSql(text));
  }
  return fmt::format("  {}{} {}: {} ({} missing) {}\n", mark, output.number, name,
                     QuotedSql(text.substr(0, output.gap_at)), output.missing,
                     QuotedSql(text.substr(output.gap_at)));
}

}  // namespace

StoreTest::StoreTest() {
  std::string name = (std::filesystem::temp_directory_path() / "cellar-store-XXXXXX").string();
  folder_ = ::mkdtemp(name.data());
}

StoreTest::~StoreTest() { std::filesystem::remove_all(folder_); }

Store StoreTest::OpenStore(StoreMode mode) const { return Store::Open(file(), mode); }

std::string StoreTest::Ask(const std::string& sql) const {
  const SQLite::Database database(file().string(), SQLite::OPEN_READONLY);
  SQLite::Statement statement(database, sql);
  std::string answer;
  while (statement.executeStep()) {
    for (int i = 0; i < statement.getColumnCount(); ++i) {
      answer += (i > 0 ? "|" : "") + statement.getColumn(i).getString();
    }
    answer += '\n';
  }
  return answer;
}

TimePoint At(int millis) { return TimePoint(std::chrono::milliseconds(1795399200000 + millis)); }

NewRun RunOf(const std::string& job, const std::vector<std::string>& sources) {
  NewRun run;
  run.job.name = job;
  for (const std::string& source : sources) {
    Cell cell;
    cell.source = source;
    cell.file = job + ".toml";
    run.job.cells.push_back(cell);
  }
  run.job_file = job + ".toml";
  run.job_sha256 = std::string(64, 'a');
  return run;
}

Claim Begin(Store& store, const NewRun& run) {
  return store.ClaimRun(store.AddRun(run, At()), At(10)).value();
}

std::vector<Submission> AddGroupOf(Store& store, const std::string& name,
                                   const std::vector<NewRun>& runs, TimePoint now) {
  auto run = runs.begin();
  const auto next = [&] { return run == runs.end() ? std::nullopt : std::optional(*run++); };
  return AddGroup(store, name, next, now);
}

void Finish(Store& store, const Claim& claim, RunState state, std::optional<RunReason> reason) {
  AttemptWriter(store, claim.attempt, 0).End({state, reason, "", Millis(1)}, At(500));
}

std::string TranscriptOf(const Store& store, RunId id) {
  const RunRecord run = FindRun(store, id).value();
  std::string text =
      fmt::format("run {} {} {}", id.value, run.job, WithReason(run.state, run.reason));
  if (!run.message.empty()) text += fmt::format(": {}", run.message);
  text += '\n';
  for (const CellRecord& cell : FindCells(store, id)) {
    text += fmt::format("[{}] {}", cell.index, WithReason(cell.state, cell.reason));
    if (!cell.message.empty()) text += fmt::format(": {}", cell.message);
    text += '\n';
    for (const EventRecord& event : cell.events) {
      text += fmt::format("  {}: {}\n", ToWord(event.kind), event.detail);
    }
    for (const OutputRecord& output : FindOutputs(store, id, 0, cell.index, true)) {
      text += LineOf(output);
    }
  }
  return text;
}

std::string ErrorOf(const std::filesystem::path& folder, const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    std::string text = fmt::format("{}: {}", WordOf(error.kind()), error.what());
    const std::string name = folder.string();
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) {
      text.replace(at, name.size(), "DIR");
    }
    return text;
  }
  return "no error";
}

void InKilledProcess(const std::function<void()>& action) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      action();
    } catch (const std::exception& failure) {
      fmt::print(stderr, "in the child: {}\n", failure.what());
      ::_exit(1);
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
}

std::string AsNobody(const std::function<std::string()>& action) {
  int answer[2];
  if (::pipe(answer) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr int kNobody = 65534;
    if (::getuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(1);
    const std::string text = action();
    ::_exit(::write(answer[1], text.data(), text.size()) == std::ssize(text) ? 0 : 1);
  }
  ::close(answer[1]);
  std::string text(4096, '\0');
  const ssize_t size = ::read(answer[0], text.data(), text.size());
  ::close(answer[0]);
  ::waitpid(child, nullptr, 0);
  return text.substr(0, std::max<ssize_t>(size, 0));
}

}  // namespace cellar
