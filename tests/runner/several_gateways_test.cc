// Runs and several gateways: who goes where, and what happens while one of them is away.
#include <csignal>
#include <set>
#include <thread>

#include "runner/wall_clock.h"
#include "tests/runner/attempt_fixture.h"
#include "tests/runner/scheduler_fixture.h"

namespace cellar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

FakeGatewayOptions WithOnly(const std::string& kernelspec) {
  FakeGatewayOptions options;
  options.kernelspecs = {kernelspec};
  return options;
}

class SeveralGatewaysTest : public SchedulerTest {
 protected:
  SeveralGatewaysTest() { config_.default_gateway.clear(); }

  void SubmitMany(int count) {
    for (int i = 0; i < count; ++i) runs_.push_back(Submit({"print 1"}));
  }

  /// How all runs ended, as far as they did not do so alike.
  std::set<std::string> HowTheyEnded() const {
    std::set<std::string> ends;
    for (const RunId run : runs_) ends.insert(Stored(run));
    return ends;
  }

  std::vector<RunId> runs_;
};

TEST_F(SeveralGatewaysTest, ShareTheRunsByTheirWeight) {
  FakeGateway farm;
  Configure("farm", farm.Address().url).weight = 3;
  for (int i = 0; i < 8; ++i) Submit({"wait all"});
  std::thread somebody([&] {
    gateway_.AwaitCells(2);
    farm.AwaitCells(6);
    gateway_.Open("all");
    farm.Open("all");
  });
  Work();
  somebody.join();
  EXPECT_EQ(gateway_.Codes().size(), 2U);
  EXPECT_EQ(farm.Codes().size(), 6U);
}

TEST_F(SeveralGatewaysTest, TakeOnlyRunsWhoseKernelspecTheyHave) {
  FakeGateway farm(WithOnly("julia"));
  Configure("farm", farm.Address().url);
  config_.gateways["lab"].weight = 1000;
  Job job = JobOf({"print 1"});
  job.kernel = "julia";
  for (int i = 0; i < 3; ++i) runs_.push_back(SubmitJob(job));
  Work();
  EXPECT_THAT(HowTheyEnded(), ElementsAre(kPrintedOne));
  EXPECT_THAT(farm.Codes(), SizeIs(3));
  EXPECT_THAT(gateway_.Codes(), IsEmpty());
}

TEST_F(SeveralGatewaysTest, LeaveARunWaitingWhoseKernelspecNoneOfThemHas) {
  FakeGateway farm(WithOnly("julia"));
  Configure("farm", farm.Address().url);
  Job job = JobOf({"print 1"});
  job.kernel = "octave";
  const RunId run = SubmitJob(job);
  Work();
  EXPECT_EQ(Stored(run), "queued, attempt 0\n");
  EXPECT_EQ(notes_, "run 1 waits: no gateway has the kernelspec 'octave'\n");
}

TEST_F(SeveralGatewaysTest, TakeARunBehindManyThatWaitForAnother) {
  FakeGateway farm;
  Configure("farm", farm.Address().url);
  config_.gateways["lab"].max_kernels = 1;
  NewRun waiting;
  waiting.job = JobOf({"wait gate"});
  waiting.job.gateway = "lab";
  Store store = OpenStore();
  AddRuns(store, std::vector<NewRun>(300, waiting), WallClock());
  Job other = JobOf({"print 1"});
  other.gateway = "farm";
  const RunId last = SubmitJob(other);
  settings_.drain = false;
  listener_.on_end = [last](RunId run) {
    if (run == last) kill(getpid(), SIGTERM);
  };
  EXPECT_EQ(Work(), SIGTERM);
  EXPECT_EQ(Stored(last), kPrintedOne);
}

TEST_F(SeveralGatewaysTest, TakeTheRunsOfOneThatIsAway) {
  FakeGateway farm;
  Configure("farm", farm.Address().url);
  farm.StopListening();
  SubmitMany(6);
  Work();
  EXPECT_THAT(HowTheyEnded(), ElementsAre(kPrintedOne));
  EXPECT_THAT(gateway_.Codes(), SizeIs(6));
  EXPECT_THAT(notes_, MatchesRegex("gateway farm[^\n]*its runs wait\n"));
}

TEST_F(SeveralGatewaysTest, TakeTheRunsOfOneThatIsFull) {
  FakeGateway farm;
  Configure("farm", farm.Address().url);
  farm.AnswerWith("POST /api/sessions", JsonAnswer(403, "Resource Limit"));
  SubmitMany(6);
  Work();
  EXPECT_THAT(HowTheyEnded(), ElementsAre(kPrintedOne));
  EXPECT_THAT(gateway_.Codes(), SizeIs(6));
  EXPECT_EQ(notes_, "");
}

TEST_F(SeveralGatewaysTest, AreTakenBackWhenTheyAnswerAgain) {
  gateway_.StopListening();
  SubmitMany(3);
  listener_.on_note = [this](const std::string& line) {
    const bool is_first = notes_.empty();
    notes_ += line + "\n";
    if (is_first) gateway_.Listen();
  };
  Work();
  EXPECT_THAT(HowTheyEnded(), ElementsAre(kPrintedOne));
  EXPECT_THAT(notes_, MatchesRegex("gateway lab[^\n]*its runs wait\n"
                                   "gateway lab answers again\n"));
}

}  // namespace
}  // namespace cellar
