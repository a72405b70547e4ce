#include "runner/retry_plan.h"

#include "runner/backoff.h"
#include "runner/outcome.h"
#include "runner/wall_clock.h"
#include "store/run_control.h"

namespace cellar {

std::optional<std::chrono::milliseconds> PlanRetry(
    const Store& store, const Claim& claim, AttemptEnd* end,
    const std::function<void(const std::string& line)>& note) {
  constexpr std::chrono::hours kDay(24);
  const Outcome outcome{end->state, end->reason, end->message};
  RetryFacts facts;
  facts.number = claim.number;
  facts.random = RandomShare();
  RetryChoice choice = ChooseRetry(claim.job.retry, outcome, facts);
  if (!choice.delay) return std::nullopt;
  const EndingAttempt ending{claim.attempt, end->reason};
  facts.deaths = DeathsWithin(store, claim.run, WallClock() - kDay, ending);
  choice = ChooseRetry(claim.job.retry, outcome, facts);
  if (choice.delay) {
    end->retries = true;
    end->retry_at = WallClock() + *choice.delay;
  } else {
    const std::string why = "not tried again: its worker or its kernel died " +
                            std::to_string(facts.deaths) + " times within a day";
    end->message += (end->message.empty() ? "" : "; ") + why;
    if (note) note("run " + std::to_string(claim.run.value) + ": " + why);
  }
  return choice.delay;
}

}  // namespace cellar
