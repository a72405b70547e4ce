#include "runner/cli/remote_waiting.h"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "jobs/error.h"
#include "runner/cli/remote_runs.h"
#include "runner/cli/run_lines.h"
#include "runner/cli/run_waiting.h"
#include "runner/exit_code.h"
#include "runner/review/terminal_text.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds kPatience(60);  // with a server that is away
constexpr std::chrono::seconds kPause(1);      // between two questions then

bool MayPass(const Error& error) {
  return error.kind() == ErrorKind::kGatewayUnreachable ||
         error.kind() == ErrorKind::kGatewayLost || error.kind() == ErrorKind::kStore;
}

class RemoteWaiting {
 public:
  RemoteWaiting(Invocation& invocation, RemoteServer& server, const std::vector<RunId>& runs)
      : invocation_(invocation), server_(server), runs_(runs) {}

  /// Until all have ended.
  awaitable<void> Await() {
    while (next_ < runs_.size()) {
      std::optional<Error> fault;
      try {
        co_await Look();
        away_since_.reset();
      } catch (const Error& error) {
        fault = error;
      }
      if (!fault) continue;
      if (!MayPass(*fault) || !IsPatient()) throw Error(*fault);
      asio::steady_timer pause(co_await asio::this_coro::executor, kPause);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }

  int worst() const { return worst_; }

  /// As far as is known without asking once more.
  std::string Unfinished() const {
    if (!seen_) return "some run has";
    const std::string name = fmt::format("run {} ({})", seen_->id.value, ToWord(seen_->state));
    return name + (runs_.size() > next_ + 1 ? " and perhaps others have" : " has");
  }

 private:
  /// At the first that has not ended: all have to end, in whatever order.
  awaitable<void> Look() {
    const std::string id = std::to_string(runs_[next_].value);
    std::string path = ApiPath({"runs", id, "state"});
    const Json state = co_await server_.GetMeanwhile(std::move(path));
    seen_ = RunFromJson(state.at("run"));
    if (IsEnded(seen_->state)) {
      TakeEnd();
      co_return;
    }
    NoteStandstill(state.at("attended"));
    // Until it has ended, or for as long as nothing is told: then its worker may have died.
    std::string told = "\n";
    std::function<bool(std::string_view)> take = [&told](std::string_view piece) {
      told += piece;  // each line of it begins behind a line end, and data is in one line
      return told.find("\nevent: end\n") == std::string::npos &&
             told.find("\n: ") == std::string::npos;
    };
    path = ApiPath({"runs", id, "events"}, {{"only", "run"}});
    co_await server_.ReadMeanwhile(std::move(path), std::move(take));
  }

  void TakeEnd() {
    const int code = ExitCodeOf(seen_->state, seen_->reason);
    worst_ = WorseExitCode(worst_, code);
    if (!invocation_.quiet || code != 0) Say(EndLine(*seen_));
    seen_.reset();
    ++next_;
  }

  /// What nobody works on does not end by itself: said once.
  void NoteStandstill(bool is_attended) {
    const std::string note = is_attended ? "" : StandstillNote(*seen_);
    if (!note.empty() && note != noted_) Say(note);
    noted_ = note;
  }

  bool IsPatient() {
    if (!away_since_) away_since_ = Clock::now();
    return Clock::now() - *away_since_ < kPatience;
  }

  void Say(const std::string& line) {
    invocation_.err.Write(PlainLine(line) + "\n");
    invocation_.err.Flush();
  }

  Invocation& invocation_;
  RemoteServer& server_;
  const std::vector<RunId>& runs_;
  std::size_t next_ = 0;
  std::optional<RunRecord> seen_;  // the one at `next_`, once it was looked at
  std::optional<Clock::time_point> away_since_;
  int worst_ = 0;
  std::string noted_;
};

}  // namespace

int AwaitRemoteRuns(Invocation& invocation, RemoteServer& server, const std::vector<RunId>& runs,
                    std::optional<std::chrono::milliseconds> timeout, const char* command) {
  RemoteWaiting waiting(invocation, server, runs);
  const auto interruption = server.Run(waiting.Await(), timeout);
  if (!interruption) return waiting.worst();
  return EndWaitingEarly(invocation, command, waiting.Unfinished(), interruption->signal, timeout);
}

}  // namespace cellar
