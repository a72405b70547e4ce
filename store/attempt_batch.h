// Applies one batch of an AttemptWriter's changes in the caller's write transaction.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "store/cell_outputs.h"
#include "store/changes.h"
#include "store/database.h"

namespace cellar {

/// The cells of an attempt by index, as far as they have had output.
using OutputsByCell = std::map<int, CellOutputs>;

class AttemptBatch {
 public:
  AttemptBatch(Database& database, AttemptId attempt, std::uint64_t output_limit,
               const OutputsByCell& before, TimePoint now);

  void Apply(const std::vector<Change>& changes);

  /// The cells that the batch has touched; they replace those before once it is committed.
  OutputsByCell& touched() { return touched_; }
  /// The last time that a change told.
  TimePoint now() const { return now_; }

 private:
  void Do(const change::Place& change);
  void Do(const change::ParameterCell& change);
  void Do(const change::KernelReady& change);
  void Do(const change::BeginCell& change);
  void Do(const change::AddOutput& change);
  void Do(const change::AppendText& change);
  void Do(const change::ReplaceBody& change);
  void Do(const change::ClearOutputs& change);
  void Do(const change::LoseOutput& change);
  void Do(const change::AddEvent& change);
  void Do(const change::EndCell& change);
  void Do(const change::PassOver& change);
  void Do(const change::End& change);

  void WriteTotals();
  CellOutputs& OutputsOf(int cell);
  std::int64_t RowOf(int cell);
  /// Runs an UPDATE that names the state it leaves; throws unless one row changed.
  void ChangeOne(Query& update, std::string_view what);

  Database& database_;
  AttemptId attempt_;
  std::uint64_t output_limit_;
  const OutputsByCell& before_;
  OutputsByCell touched_;
  TimePoint now_;
};

}  // namespace cellar
