#include "runner/job_runner.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <filesystem>
#include <utility>

#include "jobs/error.h"
#include "runner/leftover_kernels.h"
#include "runner/wall_clock.h"

namespace cellar {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

/// The embedded gateway's root is "/".
std::string AbsoluteFolder(const LoadedJob& loaded) {
  std::filesystem::path base = std::filesystem::current_path();
  if (loaded.path != "-") base = std::filesystem::absolute(loaded.path).parent_path();
  const std::string folder = (base / loaded.job.working_dir).lexically_normal().string();
  std::string relative = folder.substr(folder.find_first_not_of('/') == std::string::npos
                                           ? folder.size()
                                           : folder.find_first_not_of('/'));
  while (!relative.empty() && relative.back() == '/') relative.pop_back();
  return relative;
}

}  // namespace

JobRunner::JobRunner(Store& store, const Config& config, bool strict_outputs)
    : store_(store), config_(config), strict_outputs_(strict_outputs), signals_(context_) {}

JobRunner::~JobRunner() = default;

std::vector<RunId> JobRunner::Run(std::vector<LoadedJob> jobs, int side_by_side) {
  waiting_.assign(std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end()));
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  AwaitSignal();
  Spawn(EndLeftoverKernels(context_.get_executor(), store_, config_, on_note));
  const int workers = std::min<int>(side_by_side, static_cast<int>(waiting_.size()));
  for (int i = 0; i < workers; ++i) Spawn(Work());
  context_.run();
  if (fault_) std::rethrow_exception(fault_);
  return runs_;
}

void JobRunner::Spawn(awaitable<void> work) {
  ++active_;
  asio::co_spawn(context_, std::move(work), [this](std::exception_ptr fault) { TakeEnd(fault); });
}

void JobRunner::TakeEnd(std::exception_ptr fault) {
  if (fault && !fault_) fault_ = fault;
  if (--active_ > 0) return;
  signals_.cancel();
  embedded_.reset();
}

/// The first lets go in order, the second at once: the store is whole at any time, and the next
/// Cellar ends the kernels.
void JobRunner::AwaitSignal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    if (signal_ != 0) _exit(128 + number);
    signal_ = number;
    waiting_.clear();
    for (Attempt* attempt : attempts_) attempt->Stop();
    AwaitSignal();
  });
}

awaitable<void> JobRunner::Work() {
  while (!waiting_.empty()) {
    const LoadedJob loaded = std::move(waiting_.front());
    waiting_.pop_front();
    co_await RunJob(loaded);
  }
}

awaitable<void> JobRunner::RunJob(const LoadedJob& loaded) {
  NewRun submission;
  submission.job = loaded.job;
  submission.job_file = loaded.path;
  submission.job_sha256 = loaded.sha256;
  const RunId run = store_.AddRun(submission, WallClock());
  runs_.push_back(run);
  on_submitted(run, loaded.job.name);
  co_await RunAttempts(run, loaded);
  on_run_end(run);
}

awaitable<void> JobRunner::RunAttempts(RunId run, const LoadedJob& loaded) {
  while (true) {
    std::optional<Claim> claim = store_.ClaimRun(run, WallClock());
    if (!claim) co_return;
    Gateway* gateway = nullptr;
    std::optional<Error> fault;
    try {
      gateway = co_await GatewayFor(claim->job);
      claim->job.kernel = co_await ChooseKernel(*gateway, claim->job);
    } catch (const Error& error) {
      fault = error;
    }
    if (fault) {
      EndUnstarted(*claim, *fault);
      co_return;
    }
    Attempt attempt(context_.get_executor(), store_, *claim, *gateway,
                    SettingsFor(*gateway, loaded));
    attempt.on_note = on_note;
    attempt.on_cell_end = [&](int cell, const std::string& name, const CellEnd& end) {
      on_cell_end(run, cell, name, end);
    };
    attempts_.insert(&attempt);
    if (signal_ != 0) attempt.Stop();
    co_await attempt.Run();
    attempts_.erase(&attempt);
    if (!attempt.retry_delay()) co_return;
    on_note("run " + std::to_string(run.value) + ": " + attempt.outcome().message +
            "; trying again");
    asio::steady_timer pause(context_, *attempt.retry_delay());
    co_await pause.async_wait(asio::use_awaitable);
  }
}

AttemptSettings JobRunner::SettingsFor(const Gateway& gateway, const LoadedJob& loaded) const {
  const bool is_embedded = gateway.address().name == kEmbeddedName;
  AttemptSettings settings;
  settings.gateway_name =
      gateway.address().name.empty() ? gateway.address().Label() : gateway.address().name;
  settings.working_dir = is_embedded ? AbsoluteFolder(loaded) : loaded.job.working_dir;
  settings.output_limit = config_.output_per_cell;
  settings.strict_outputs = strict_outputs_;
  return settings;
}

/// No gateway, no kernelspec: the attempt ends before it has a kernel.
void JobRunner::EndUnstarted(const Claim& claim, const Error& error) {
  AttemptWriter writer(store_, claim.attempt, config_.output_per_cell);
  AttemptEnd end;
  end.state = signal_ != 0 ? RunState::kCancelled : RunState::kFailed;
  end.reason = signal_ != 0                                    ? RunReason::kByUser
               : error.kind() == ErrorKind::kKernelUnavailable ? RunReason::kKernelUnavailable
                                                               : RunReason::kGatewayUnreachable;
  end.message = error.what();
  writer.End(end, WallClock());
}

awaitable<Gateway*> JobRunner::GatewayFor(const Job& job) {
  const GatewayChoice choice = ResolveGateway(config_, job);
  const auto* address = std::get_if<GatewayAddress>(&choice);
  if (address == nullptr) {
    Gateway* const embedded = co_await EmbeddedOne();
    co_return embedded;
  }
  std::unique_ptr<Gateway>& gateway = gateways_[address->Label()];
  if (!gateway) gateway = std::make_unique<Gateway>(context_.get_executor(), *address);
  co_return gateway.get();
}

awaitable<Gateway*> JobRunner::EmbeddedOne() {
  if (!embedded_) {
    embedded_ = std::make_unique<EmbeddedGateway>(context_.get_executor());
    co_await embedded_->Start();
    GatewayAddress address = embedded_->address();
    address.name = kEmbeddedName;
    gateways_[kEmbeddedName] = std::make_unique<Gateway>(context_.get_executor(), address);
    embedded_ready_ = true;
  }
  while (!embedded_ready_) {  // another job of ours starts it
    asio::steady_timer pause(context_, std::chrono::milliseconds(5));
    co_await pause.async_wait(asio::use_awaitable);
    if (!embedded_->running() && !embedded_ready_) {
      throw Error(ErrorKind::kGatewayUnreachable, "the embedded gateway did not start");
    }
  }
  co_return gateways_.at(kEmbeddedName).get();
}

/// A job that names a language and no kernel runs on a kernel of that language.
awaitable<std::string> JobRunner::ChooseKernel(Gateway& gateway, Job job) {
  if (!job.kernel.empty() || job.language.empty() || job.language == "python") co_return job.kernel;
  const Kernelspecs specs = co_await gateway.ListKernelspecs();
  for (const Kernelspec& spec : specs.specs) {
    std::string language = spec.language;
    std::transform(language.begin(), language.end(), language.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (language == job.language) co_return spec.name;
  }
  throw Error(ErrorKind::kKernelUnavailable, "gateway " + gateway.address().Label() +
                                                 ": no kernel for the language '" + job.language +
                                                 "'; name one with --kernel");
}

}  // namespace cellar
