#include "store/attempt_writer.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "jobs/duration.h"
#include "jobs/error.h"
#include "store/attempt_batch.h"
#include "store/bell.h"
#include "store/changes.h"
#include "store/claim.h"
#include "store/store_impl.h"
#include "store/transaction.h"

namespace cellar {
namespace {

constexpr std::size_t kMostBuffered = 1 << 20;

/// What a change brings of a cell's output; nullptr: it is no output.
const int* CellOfOutput(const Change& change, std::size_t* bytes) {
  if (const auto* output = std::get_if<change::AddOutput>(&change)) {
    *bytes = output->body.size();
    return &output->cell;
  }
  if (const auto* text = std::get_if<change::AppendText>(&change)) {
    *bytes = text->text.size();
    return &text->cell;
  }
  if (const auto* replaced = std::get_if<change::ReplaceBody>(&change)) {
    *bytes = replaced->body.size();
    return &replaced->cell;
  }
  return nullptr;
}

}  // namespace

struct AttemptWriter::Impl {
  Store& store;
  AttemptId attempt;
  std::uint64_t output_limit;
  std::vector<Change> changes;
  std::size_t buffered = 0;  // bytes of output among them
  OutputsByCell outputs;
  TimePoint now{};  // the last time that was told, as far as it was committed

  void Buffer(AttemptWriter& writer, Change change, std::size_t bytes) {
    changes.push_back(std::move(change));
    buffered += bytes;
    if (buffered > kMostBuffered) writer.Flush();
  }

  /// All or nothing: when it throws, everything is still buffered.
  void Commit(Durability durability) {
    Database& database = store.impl().database;
    AttemptBatch batch(database, attempt, output_limit, outputs, now);
    WriteTransaction transaction(database, durability);
    RequireClaim(database, attempt, store.impl().worker.value_or(WorkerId{}));
    batch.Apply(changes);
    transaction.Commit();
    changes.clear();
    buffered = 0;
    now = batch.now();
    for (auto& [cell, written] : batch.touched()) {
      outputs.insert_or_assign(cell, std::move(written));
    }
  }

  /// On a disk that stays full: gives up the output that is not stored, and says so. `at`: when.
  void GiveUpOutput(TimePoint at) {
    std::map<int, std::uint64_t> lost;
    std::vector<Change> rest;
    for (Change& change : changes) {
      std::size_t bytes = 0;
      if (const int* cell = CellOfOutput(change, &bytes)) {
        lost[*cell] += bytes;
      } else {
        rest.push_back(std::move(change));
      }
    }
    // The end stays the last: nothing can be added to an attempt behind it.
    Change end = std::move(rest.back());
    rest.pop_back();
    for (const auto& [cell, bytes] : lost) {
      rest.push_back(change::LoseOutput{cell, bytes});
      rest.push_back(change::AddEvent{
          cell, EventKind::kOutputsTruncated, at,
          fmt::format("the last {} could not be stored: no space left", FormatByteSize(bytes))});
    }
    rest.push_back(std::move(end));
    changes = std::move(rest);
  }

  void FlushEnd(AttemptWriter& writer, TimePoint at) {
    if (FlushIfRoom(writer)) return;
    store.FreeBallast();
    if (FlushIfRoom(writer)) return;
    GiveUpOutput(at);
    writer.Flush();
  }

  /// False: the disk is full, and everything is still buffered.
  bool FlushIfRoom(AttemptWriter& writer) {
    try {
      writer.Flush();
      return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kStoreFull) throw;
      return false;
    }
  }
};

AttemptWriter::AttemptWriter(Store& store, AttemptId attempt, std::uint64_t output_limit)
    : impl_(new Impl{store, attempt, output_limit, {}, 0, {}, {}}) {}

AttemptWriter::~AttemptWriter() = default;

void AttemptWriter::SetPlace(const AttemptPlace& place) {
  impl_->Buffer(*this, change::Place{place}, 0);
}

void AttemptWriter::InsertParameterCell(int index, const std::string& source) {
  impl_->Buffer(*this, change::ParameterCell{index, source}, 0);
}

void AttemptWriter::KernelReady(Millis kernel_start) {
  impl_->Buffer(*this, change::KernelReady{kernel_start}, 0);
}

void AttemptWriter::BeginCell(int cell, const std::string& msg_id, const std::string& ws_session_id,
                              TimePoint at) {
  impl_->Buffer(*this, change::BeginCell{cell, msg_id, ws_session_id, at}, 0);
}

void AttemptWriter::AddOutput(int cell, int number, OutputType type, const std::string& display_id,
                              std::string body) {
  const std::size_t size = body.size();
  impl_->Buffer(*this, change::AddOutput{cell, number, type, "", display_id, std::move(body)},
                size);
}

void AttemptWriter::AddStream(int cell, int number, const std::string& stream_name) {
  impl_->Buffer(*this, change::AddOutput{cell, number, OutputType::kStream, stream_name, "", ""},
                0);
}

void AttemptWriter::AppendText(int cell, int number, std::string_view text) {
  if (text.empty()) return;
  auto* last =
      impl_->changes.empty() ? nullptr : std::get_if<change::AppendText>(&impl_->changes.back());
  if (last == nullptr || last->cell != cell || last->number != number) {
    impl_->changes.push_back(change::AppendText{cell, number, ""});
    last = &std::get<change::AppendText>(impl_->changes.back());
  }
  last->text += text;
  impl_->buffered += text.size();
  if (impl_->buffered > kMostBuffered) Flush();
}

void AttemptWriter::ReplaceBody(int cell, int number, std::string body) {
  const std::size_t size = body.size();
  impl_->Buffer(*this, change::ReplaceBody{cell, number, std::move(body)}, size);
}

void AttemptWriter::ClearOutputs(int cell) { impl_->Buffer(*this, change::ClearOutputs{cell}, 0); }

void AttemptWriter::AddEvent(int cell, EventKind kind, TimePoint at, const std::string& detail) {
  impl_->Buffer(*this, change::AddEvent{cell, kind, at, detail}, 0);
}

void AttemptWriter::EndCell(int cell, const CellEnd& end, TimePoint at) {
  impl_->Buffer(*this, change::EndCell{cell, end, at}, 0);
}

void AttemptWriter::PassOver(int cell, CellState state) {
  impl_->Buffer(*this, change::PassOver{cell, state}, 0);
}

void AttemptWriter::End(const AttemptEnd& end, TimePoint at) {
  impl_->changes.push_back(change::End{end, at});
  impl_->FlushEnd(*this, at);
  Ring(impl_->store);  // others may wait for it, or for its place
}

bool AttemptWriter::dirty() const { return !impl_->changes.empty(); }

void AttemptWriter::Flush() {
  if (!dirty()) return;
  impl_->Commit(Durability::kPowerLoss);
  impl_->store.impl().database.BoundWal();
}

void AttemptWriter::Write() {
  if (!dirty()) return;
  impl_->Commit(Durability::kProcessDeath);
  impl_->store.impl().database.BoundWal();
}

}  // namespace cellar
