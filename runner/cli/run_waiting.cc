#include "runner/cli/run_waiting.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "runner/cli/run_lines.h"
#include "runner/exit_code.h"
#include "runner/review/terminal_text.h"
#include "store/bell.h"
#include "store/history.h"
#include "store/run_control.h"

namespace cellar {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// SIGINT and SIGTERM as something to read, while it lives.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    sigprocmask(SIG_BLOCK, &set_, &former_);
    descriptor_ = ::signalfd(-1, &set_, SFD_NONBLOCK | SFD_CLOEXEC);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() {
    ::close(descriptor_);
    sigprocmask(SIG_SETMASK, &former_, nullptr);
  }

  int descriptor() const { return descriptor_; }

  /// 0: none came.
  int Take() const {
    signalfd_siginfo info{};
    return ::read(descriptor_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo)
                                                                  : 0;
  }

 private:
  sigset_t set_{};
  sigset_t former_{};
  int descriptor_ = -1;
};

class Waiting {
 public:
  Waiting(Invocation& invocation, const Store& store, const std::vector<RunId>& runs)
      : invocation_(invocation), store_(store), runs_(runs), bell_(store) {}

  /// False: they have not all ended, and `signal()` or the end of `timeout` is why.
  bool Await(std::optional<milliseconds> timeout) {
    const auto until = Clock::now() + timeout.value_or(milliseconds(0));
    while (true) {
      TakeEnds();
      if (next_ == runs_.size()) return true;
      std::optional<milliseconds> left;
      if (timeout) left = std::chrono::ceil<milliseconds>(until - Clock::now());
      if (left && left->count() <= 0) return false;
      NoteStandstill();
      Sleep(left);
      signal_ = signals_.Take();
      if (signal_ != 0) return false;
    }
  }

  int worst() const { return worst_; }
  int signal() const { return signal_; }

  /// "run 4 (running) has", "run 4 (running) and 17 more have": those that have not ended.
  std::string Unfinished() const {
    std::optional<RunRecord> first;
    std::size_t count = 0;
    for (std::size_t i = next_; i < runs_.size(); ++i) {
      RunRecord run = Find(runs_[i]);
      if (IsEnded(run.state)) continue;
      ++count;
      if (!first) first = std::move(run);
    }
    if (!first) return "no run has";
    return UnfinishedWords(*first, count - 1);
  }

 private:
  RunRecord Find(RunId id) const {
    auto run = FindRun(store_, id);
    if (run) return std::move(*run);
    throw Error(ErrorKind::kStore, fmt::format("store {}: run {} was removed while it was waited "
                                               "for",
                                               store_.file().string(), id.value));
  }

  /// Only the first that has not ended is looked at: all have to end, in whatever order, and so a
  /// look costs the same for ten thousand.
  void TakeEnds() {
    for (; next_ < runs_.size(); ++next_) {
      const RunRecord run = Find(runs_[next_]);
      if (!IsEnded(run.state)) return;
      const int code = ExitCodeOf(run.state, run.reason);
      worst_ = WorseExitCode(worst_, code);
      if (!invocation_.quiet || code != 0) Say(EndLine(run));
    }
  }

  /// What nobody works on does not end by itself: said once.
  void NoteStandstill() {
    const RunRecord run = Find(runs_[next_]);
    const bool goes_on = IsEnded(run.state) || IsAttended(store_, run.id);
    const std::string note = goes_on ? "" : StandstillNote(run);
    if (!note.empty() && note != noted_) Say(note);
    noted_ = note;
  }

  void Say(const std::string& line) {
    invocation_.err.Write(PlainLine(line) + "\n");
    invocation_.err.Flush();
  }

  void Sleep(std::optional<milliseconds> left) {
    // A worker's lock goes a moment after its departure was heard.
    constexpr milliseconds kMoment(50);
    std::optional<milliseconds> length = left;
    if (departure_) length = std::min(length.value_or(kMoment), kMoment);
    std::array<pollfd, 2> ready{
        {{bell_.descriptor(), POLLIN, 0}, {signals_.descriptor(), POLLIN, 0}}};
    constexpr milliseconds kLongest(std::chrono::hours(24));
    const int bound = length ? static_cast<int>(std::min(*length, kLongest).count()) : -1;
    ::poll(ready.data(), ready.size(), bound);
    departure_ = bell_.Listen().departure;
  }

  Invocation& invocation_;
  const Store& store_;
  const std::vector<RunId>& runs_;
  Bell bell_;  // before the first look: nothing rings unheard
  StopSignals signals_;
  std::size_t next_ = 0;
  int worst_ = 0;
  int signal_ = 0;
  bool departure_ = false;
  std::string noted_;
};

}  // namespace

int AwaitRuns(Invocation& invocation, const Store& store, const std::vector<RunId>& runs,
              std::optional<milliseconds> timeout, const char* command) {
  Waiting waiting(invocation, store, runs);
  if (waiting.Await(timeout)) return waiting.worst();
  return EndWaitingEarly(invocation, command, waiting.Unfinished(), waiting.signal(), timeout);
}

int EndWaitingEarly(Invocation& invocation, const char* command, const std::string& unfinished,
                    int signal, std::optional<milliseconds> timeout) {
  if (signal != 0) {
    invocation.err.Write(fmt::format(
        "cellar: {}: stopped; {} not ended, and nothing was cancelled\n", command, unfinished));
    return 128 + signal;
  }
  invocation.err.Write(fmt::format("cellar: {}: {} not ended after {}\n", command, unfinished,
                                   FormatDuration(*timeout)));
  return 124;
}

}  // namespace cellar
