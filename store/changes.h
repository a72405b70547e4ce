// What an AttemptWriter has been told and not yet committed, in order.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "store/attempt_writer.h"

namespace cellar::change {

struct Place {
  AttemptPlace place;
};
struct ParameterCell {
  int index;
  std::string source;
};
struct KernelReady {
  Millis kernel_start;
};
struct BeginCell {
  int cell;
  std::string msg_id;
  std::string ws_session_id;
  TimePoint at;
};
struct AddOutput {
  int cell;
  int number;
  OutputType type;
  std::string stream_name;  // of a stream
  std::string display_id;
  std::string body;  // of any other; empty for a stream
};
struct AppendText {
  int cell;
  int number;
  std::string text;
};
struct ReplaceBody {
  int cell;
  int number;
  std::string body;
};
struct ClearOutputs {
  int cell;
};
struct LoseOutput {  // what came and could not be stored
  int cell;
  std::uint64_t bytes;
};
struct AddEvent {
  int cell;
  EventKind kind;
  TimePoint at;
  std::string detail;
};
struct EndCell {
  int cell;
  CellEnd end;
  TimePoint at;
};
struct PassOver {
  int cell;
  CellState state;
};
struct End {
  AttemptEnd end;
  TimePoint at;
};

}  // namespace cellar::change

namespace cellar {

using Change = std::variant<change::Place, change::ParameterCell, change::KernelReady,
                            change::BeginCell, change::AddOutput, change::AppendText,
                            change::ReplaceBody, change::ClearOutputs, change::LoseOutput,
                            change::AddEvent, change::EndCell, change::PassOver, change::End>;

}  // namespace cellar
