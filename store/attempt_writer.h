// Writes down one attempt as it happens. Changes are kept in memory and committed in batches by
// Flush; whoever drives it flushes at most 200 ms after the oldest change, and at a cell's end.
// Every batch first checks that the attempt is still this worker's (else Error kClaimLost). With
// more than 1 MiB buffered a change flushes by itself, and so may throw what Flush throws.
// It reads no clock: what it notes itself bears the last time that it was told.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/store.h"

namespace cellar {

struct CellEnd {
  CellState state;
  std::optional<CellReason> reason;
  std::string message;
  std::optional<int> execution_count;
  std::optional<Millis> duration;
};

struct AttemptEnd {
  RunState state;
  std::optional<RunReason> reason;
  std::string message;
  std::optional<Millis> duration = Millis(0);  // from the claim; nullopt: nobody measured it
  // The run goes back to `queued`, for another attempt by any worker; not when its end was asked
  // for meanwhile: then it is `cancelled`.
  bool retries = false;
  std::optional<TimePoint> retry_at = std::nullopt;  // not before
};

class AttemptWriter {
 public:
  /// `output_limit`: bytes kept of each cell, half of them its head, half its tail; 0: all.
  AttemptWriter(Store& store, AttemptId attempt, std::uint64_t output_limit);
  ~AttemptWriter();

  /// Which gateway and kernelspec it turned out to be.
  void SetPlace(const AttemptPlace& place);
  /// Inserts the parameter cell, whose code is known only with the kernel's language, at `index`;
  /// those behind move on by one. Before any cell has begun.
  void InsertParameterCell(int index, const std::string& source);
  /// The kernel answered its first kernel_info.
  void KernelReady(Millis kernel_start);

  /// Records that `cell` is about to be sent with this msg_id over this WebSocket session.
  /// The caller flushes before it sends.
  void BeginCell(int cell, const std::string& msg_id, const std::string& ws_session_id,
                 TimePoint at);

  /// Opens output `number` of `cell` (numbers are the caller's, from 0, contiguous). `body` is the
  /// nbformat output as JSON text without its `output_type`; for a stream use `AddStream`.
  /// `display_id` may be empty.
  void AddOutput(int cell, int number, OutputType type, const std::string& display_id,
                 std::string body);
  void AddStream(int cell, int number, const std::string& stream_name);
  /// Appends text to a stream output: raw, as the kernel sent it, valid UTF-8.
  void AppendText(int cell, int number, std::string_view text);
  /// update_display_data: `body` replaces that of an output.
  void ReplaceBody(int cell, int number, std::string body);
  /// clear_output: the outputs of `cell` so far are cleared, and stay in the history.
  void ClearOutputs(int cell);

  void AddEvent(int cell, EventKind kind, TimePoint at, const std::string& detail);

  /// Adds `outputs_truncated` when the limit cut something. Final for the cell, but for late
  /// output.
  void EndCell(int cell, const CellEnd& end, TimePoint at);
  /// A cell that was never sent: `skipped` or `not_run`.
  void PassOver(int cell, CellState state);

  /// Ends attempt and run, flushes. When the disk is full it frees the ballast and tries again, so
  /// that the end is always written; cells still `running` become `unknown`, `pending` `not_run`.
  void End(const AttemptEnd& end, TimePoint at);

  bool dirty() const;
  /// Commits what is buffered, fsynced. Throws Error kStoreFull with everything still buffered.
  void Flush();
  /// The same without the fsync: survives this process, and once SyncStore (store/sync.h) has
  /// returned the loss of power.
  void Write();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cellar
