// Finding runs by their texts, with the index and without.
#include "store/search.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "store/removal.h"
#include "store/search_index.h"
#include "store/searchable_text.h"
#include "store/store_impl.h"
#include "tests/store/store_fixture.h"

namespace cellar {
namespace {

class SearchTest : public StoreTest {
 protected:
  SearchTest() : store_(OpenStore()) { store_.RegisterWorker(); }

  /// A run of a job of one cell with this source, which wrote this; `at` ends it.
  RunId AddRun(const std::string& job, const std::string& source, const std::string& text,
               bool ends = true) {
    const Claim claim = Begin(store_, RunOf(job, {source}));
    AttemptWriter writer(store_, claim.attempt, 0);
    writer.BeginCell(0, "m", "s", At(20));
    writer.AddStream(0, 0, "stdout");
    writer.AppendText(0, 0, text);
    if (ends) {
      writer.EndCell(0, {CellState::kSucceeded, std::nullopt, "", 1, Millis(1)}, At(30));
      writer.End({RunState::kSucceeded, std::nullopt, "", Millis(1)}, At(40));
    } else {
      writer.Flush();
    }
    return claim.run;
  }

  std::string Found(const std::string& text, const std::string& job = "", int limit = 20) const {
    std::string found;
    for (const SearchHit& hit : SearchRuns(store_, {text, job, limit})) {
      found += fmt::format("{} {} [{}] {}{}: {}\n", hit.run.value, hit.job, hit.cell,
                           hit.where == FoundIn::kSource ? "source" : "output",
                           hit.runs > 1 ? fmt::format(" of {}", hit.runs) : "", hit.excerpt);
    }
    return found;
  }

  bool Update() {
    return UpdateSearchIndex(store_, [](std::size_t, std::size_t) {});
  }

  std::string Count(const std::string& table) const {
    return Ask("SELECT count(*) FROM " + table)
        .substr(0, Ask("SELECT count(*) FROM " + table).find('\n'));
  }

  Store store_;
};

TEST_F(SearchTest, FindsTheSameWithTheIndexAndWithout) {
  AddRun("weather", "frame['temp']", "reading\n\x1b[31mKeyError\x1b[0m: 'temp'\n");
  AddRun("weather", "frame['temp']", "4711 rows\n");
  AddRun("other", "print(1)", "no such KEYERROR\n");
  const std::string errors =
      "3 other [0] output: no such KEYERROR\n1 weather [0] output: KeyError: 'temp'\n";
  const std::string temps =
      "2 weather [0] source of 2: frame['temp']\n1 weather [0] output: KeyError: 'temp'\n";
  for (const bool is_indexed : {false, true}) {
    if (is_indexed) {
      EXPECT_TRUE(Update());
    }
    EXPECT_EQ(Count("search_block"), is_indexed ? "5" : "0");
    EXPECT_EQ(Found("keyerror"), errors);
    EXPECT_EQ(Found("'temp'"), temps);
    EXPECT_EQ(Found("KeyError", "weather"), "1 weather [0] output: KeyError: 'temp'\n");
    EXPECT_EQ(Found("keyerror", "", 1), "3 other [0] output: no such KEYERROR\n");
    EXPECT_EQ(Found("11 r"), "2 weather [0] output: 4711 rows\n");
    EXPECT_EQ(Found("no such text"), "");
    EXPECT_EQ(Found("7"), "2 weather [0] output: 4711 rows\n");
  }
}

TEST_F(SearchTest, FindsWhatWasCopiedWithItsTabs) {
  AddRun("a", "1", "id\tname\n");
  for (const bool is_indexed : {false, true}) {
    if (is_indexed) {
      EXPECT_TRUE(Update());
    }
    EXPECT_EQ(Found("id\tname"), "1 a [0] output: id name\n");
    EXPECT_EQ(Found("id name"), "1 a [0] output: id name\n");
  }
}

TEST_F(SearchTest, TakesNoTextForAnotherOfTheSameTrigrams) {
  AddRun("a", "1", "abcd bcde\n");
  Update();
  EXPECT_EQ(Found("abcde"), "");
}

TEST_F(SearchTest, TakesInOnlyWhatIsNew) {
  AddRun("a", "print(1)", "first words\n");
  Update();
  AddRun("a", "print(1)", "second words\n");
  EXPECT_EQ(Count("search_block"), "2");
  EXPECT_EQ(Found("words"), "2 a [0] output: second words\n1 a [0] output: first words\n");
  Update();
  EXPECT_EQ(Count("search_block"), "3");
  EXPECT_EQ(Ask("SELECT up_to FROM search_state"), "2\n");
  EXPECT_EQ(Found("words"), "2 a [0] output: second words\n1 a [0] output: first words\n");
}

TEST_F(SearchTest, FindsWhatARunningRunHasWritten) {
  const RunId running = AddRun("slow", "work()", "half way\n", false);
  AddRun("quick", "work()", "all the way\n");
  Update();
  EXPECT_EQ(Ask("SELECT up_to FROM search_state"), "0\n");
  EXPECT_EQ(Count("search_attempt"), "1");
  EXPECT_EQ(Found("the way"), "2 quick [0] output: all the way\n");
  EXPECT_EQ(Found("half"), fmt::format("{} slow [0] output: half way\n", running.value));
  EXPECT_EQ(Found("work("), "2 quick [0] source of 2: work()\n");
}

TEST_F(SearchTest, KeepsTheSourcesOfTheNewestRuns) {
  AddRun("a", "old()", "1");
  AddRun("b", "new()", "1");
  AddRun("a", "old()", "1");
  Update();
  EXPECT_EQ(Found("()", "", 1), "3 a [0] source of 2: old()\n");
  EXPECT_EQ(Found("()", "b", 1), "2 b [0] source: new()\n");
  EXPECT_EQ(Found("old", "b", 1), "");
}

TEST_F(SearchTest, KeepsTheOutputsOfTheNewestRunsWhicheverEndedFirst) {
  const Claim claim = Begin(store_, RunOf("long", {"1"}));
  AttemptWriter writer(store_, claim.attempt, 0);
  writer.BeginCell(0, "m", "s", At(20));
  writer.AddStream(0, 0, "stdout");
  writer.AppendText(0, 0, "words of the first\n");
  for (int i = 2; i <= 4; ++i) AddRun("short", "1", fmt::format("words of {}\n", i));
  Update();
  writer.EndCell(0, {CellState::kSucceeded, std::nullopt, "", 1, Millis(1)}, At(30));
  writer.End({RunState::kSucceeded, std::nullopt, "", Millis(1)}, At(40));
  for (const bool is_indexed : {false, true}) {
    if (is_indexed) {
      EXPECT_TRUE(Update());
    }
    EXPECT_EQ(Found("words", "", 1), "4 short [0] output: words of 4\n");
    EXPECT_EQ(Found("words", "", 2),
              "4 short [0] output: words of 4\n3 short [0] output: words of 3\n");
    EXPECT_EQ(Found("words", "long", 1), "1 long [0] output: words of the first\n");
  }
}

TEST_F(SearchTest, FindsInEveryPartOfALargeOutput) {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += "row " + std::to_string(i) + " of the table\n";
  AddRun("large", "1", text);
  Update();
  EXPECT_GT(std::stoi(Count("search_block")), 5);
  EXPECT_EQ(Found("row 0 of"), "1 large [0] output: row 0 of the table\n");
  EXPECT_EQ(Found("row 29999 of"), "1 large [0] output: row 29999 of the table\n");
  EXPECT_EQ(Found("row 30000 of"), "");
}

TEST_F(SearchTest, NamesTheFirstPlaceInACell) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += fmt::format("row {} is odd: {}\n", i, i % 2 == 1);
  AddRun("large", "1", text);
  EXPECT_EQ(Found("odd: true"), "1 large [0] output: row 1 is odd: true\n");
  Update();
  EXPECT_EQ(Found("odd: true"), "1 large [0] output: row 1 is odd: true\n");
  EXPECT_EQ(Found("row 29"), "1 large [0] output: row 29 is odd: true\n");
}

TEST_F(SearchTest, FindsWhatSpansPiecesAndColours) {
  const Claim claim = Begin(store_, RunOf("pieces", {"1"}));
  AttemptWriter writer(store_, claim.attempt, 0);
  writer.BeginCell(0, "m", "s", At(20));
  writer.AddStream(0, 0, "stdout");
  std::string piece(9000, 'x');  // compressed
  for (int i = 0; i < 20; ++i) {
    writer.AppendText(0, 0, fmt::format("half {}\x1b[", i));
    writer.Flush();
    writer.AppendText(0, 0, fmt::format("32m and half\x1b[0m {}\n{}\n", i, piece));
    writer.Flush();
  }
  writer.EndCell(0, {CellState::kSucceeded, std::nullopt, "", 1, Millis(1)}, At(30));
  writer.End({RunState::kSucceeded, std::nullopt, "", Millis(1)}, At(40));
  for (const bool is_indexed : {false, true}) {
    if (is_indexed) {
      EXPECT_TRUE(Update());
    }
    for (const int i : {0, 7, 19}) {
      const std::string line = fmt::format("half {} and half {}", i, i);
      EXPECT_EQ(Found(line), "1 pieces [0] output: " + line + "\n");
    }
    EXPECT_EQ(Found("32m"), "");
    EXPECT_EQ(Found("half 7 and half 8"), "");
  }
}

TEST_F(SearchTest, FindsInOutputsThatShareABlock) {
  const Claim claim = Begin(store_, RunOf("mixed", {"1"}));
  AttemptWriter writer(store_, claim.attempt, 0);
  writer.BeginCell(0, "m", "s", At(20));
  for (int i = 0; i < 3; ++i) {
    writer.AddStream(0, 3 * i, "stdout");
    writer.AppendText(0, 3 * i, fmt::format("line {}\n", i));
    writer.AddStream(0, 3 * i + 1, "stderr");  // nothing comes
    writer.AddOutput(0, 3 * i + 2, OutputType::kDisplayData, "",
                     fmt::format(R"({{"data": {{"text/plain": "table {}\nrow"}}}})", i));
  }
  writer.AddStream(0, 9, "stdout");
  writer.AppendText(0, 9, std::string(kBlockBytes, 'x') + "\nthe long one\n");
  writer.AddStream(0, 10, "stderr");
  writer.AppendText(0, 10, "the last one\n");
  writer.EndCell(0, {CellState::kSucceeded, std::nullopt, "", 1, Millis(1)}, At(30));
  writer.End({RunState::kSucceeded, std::nullopt, "", Millis(1)}, At(40));
  Update();
  EXPECT_EQ(Count("search_block"), "5");  // the source, those, the long one in two, the last
  for (const std::string text :
       {"line 0", "table 1", "line 2", "table 2", "the long one", "the last one"}) {
    EXPECT_EQ(Found(text), "1 mixed [0] output: " + text + "\n");
  }
  EXPECT_EQ(Found("row line"), "");
}

TEST_F(SearchTest, FindsNothingOfWhatWasCleared) {
  const Claim claim = Begin(store_, RunOf("bar", {"1"}));
  AttemptWriter writer(store_, claim.attempt, 0);
  writer.BeginCell(0, "m", "s", At(20));
  writer.AddStream(0, 0, "stdout");
  writer.AppendText(0, 0, "half way\n");
  writer.ClearOutputs(0);
  writer.AddStream(0, 1, "stdout");
  writer.AppendText(0, 1, "all the way\n");
  writer.EndCell(0, {CellState::kSucceeded, std::nullopt, "", 1, Millis(1)}, At(30));
  writer.End({RunState::kSucceeded, std::nullopt, "", Millis(1)}, At(40));
  Update();
  EXPECT_EQ(Found("way"), "1 bar [0] output: all the way\n");
}

TEST_F(SearchTest, LeavesTheIndexToWhoeverFillsIt) {
  AddRun("a", "1", "some words\n");
  Store other = OpenStore();
  ASSERT_TRUE(other.impl().lock.TryLock(std::int64_t{1} << 62, LockFile::Kind::kExclusive));
  EXPECT_FALSE(Update());
  EXPECT_EQ(Count("search_block"), "0");
  EXPECT_EQ(Found("words"), "1 a [0] output: some words\n");
}

TEST_F(SearchTest, GoesOnWhereOneDiedThatFilledIt) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "row " + std::to_string(i) + " of the table\n";
  AddRun("large", "1", text);
  InKilledProcess([&] {
    Store store = OpenStore();
    int commits = 0;
    UpdateSearchIndex(store, [&](std::size_t, std::size_t) {
      if (++commits == 2) ::kill(::getpid(), SIGKILL);
    });
  });
  EXPECT_GT(std::stoi(Count("search_block")), 5);
  EXPECT_EQ(Found("row 99999 of"), "1 large [0] output: row 99999 of the table\n");
  EXPECT_TRUE(Update());
  EXPECT_EQ(Found("row 1 of"), "1 large [0] output: row 1 of the table\n");
  EXPECT_EQ(Found("row 99999 of"), "1 large [0] output: row 99999 of the table\n");
}

TEST_F(SearchTest, ForgetsWhatWasRemoved) {
  for (int i = 0; i < 4; ++i) AddRun("a", "1", fmt::format("some words {}\n", i));
  Update();
  EXPECT_EQ(Count("search_block"), "5");
  EXPECT_EQ(RemoveRuns(store_, {RunId{1}, RunId{2}}).size(), 2U);
  TidySearchIndex(store_);
  EXPECT_EQ(Count("search_block"), "3");
  const std::string left = "4 a [0] output: some words 3\n3 a [0] output: some words 2\n";
  EXPECT_EQ(Found("words"), left);
  RemoveRuns(store_, {RunId{3}});
  TidySearchIndex(store_);
  EXPECT_EQ(Count("search_block"), "0");
  EXPECT_EQ(Found("words"), "4 a [0] output: some words 3\n");
  Update();
  EXPECT_EQ(Found("words"), "4 a [0] output: some words 3\n");
  EXPECT_EQ(Ask("SELECT max(id) FROM search_block"), "2\n");
}

TEST_F(SearchTest, SearchesAStoreThatCannotBeWritten) {
  AddRun("a", "1", "some words\n");
  const Store reader = OpenStore(StoreMode::kReadOnly);
  EXPECT_EQ(SearchRuns(reader, {"words"}).size(), 1U);
}

}  // namespace
}  // namespace cellar
