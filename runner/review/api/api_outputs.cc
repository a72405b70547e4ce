// A piece of one output's text.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runner/review/api/endpoints.h"
#include "runner/review/api/outputs_json.h"
#include "runner/review/mime_bundle.h"
#include "store/history.h"

namespace cellar {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostBytes = 4 * 1024 * 1024;
constexpr std::int64_t kUsualBytes = 256 * 1024;
constexpr std::uint64_t kLongestCharacter = 4;  // bytes, in UTF-8

struct Range {
  std::uint64_t from = 0;
  std::uint64_t to = 0;  // behind the last byte
};

/// `from` below zero counts from the end.
Range RangeIn(std::uint64_t size, std::int64_t from, std::int64_t limit) {
  const auto all = static_cast<std::int64_t>(size);
  const std::int64_t begin = std::clamp<std::int64_t>(from < 0 ? all + from : from, 0, all);
  return {static_cast<std::uint64_t>(begin),
          static_cast<std::uint64_t>(std::min(all, begin + limit))};
}

/// Moves both ends back to where a character begins. `text` begins at byte `start` of the whole.
Range AtCharacters(const std::string& text, std::uint64_t start, Range range) {
  const auto is_inside = [&](std::uint64_t at) {
    return at > start && at - start < text.size() && (text[at - start] & '\xc0') == '\x80';
  };
  const auto back = [&](std::uint64_t at) {
    for (std::uint64_t moved = 1; moved < kLongestCharacter && is_inside(at); ++moved) --at;
    return at;
  };
  const Range moved{back(range.from), back(range.to)};
  if (moved.to > moved.from || range.to == range.from) return moved;
  // The limit is shorter than the character: that one whole.
  std::uint64_t to = moved.from + 1;
  while (to < moved.from + kLongestCharacter && is_inside(to)) ++to;
  return {moved.from, to};
}

struct Slice {
  std::uint64_t bytes = 0;  // of the whole
  Range range;
  std::string text;
};

Slice SliceOfStream(const Store& store, const OutputOutline& stream, std::int64_t from,
                    std::int64_t limit) {
  const Range asked = RangeIn(stream.kept, from, limit);
  // A little more at both ends shows where characters begin.
  const std::uint64_t start = asked.from - std::min(asked.from, kLongestCharacter);
  const std::string text =
      ReadStreamText(store, stream, start, asked.to - start + kLongestCharacter);
  const Range range = AtCharacters(text, start, asked);
  return {stream.kept, range, text.substr(range.from - start, range.to - range.from)};
}

Slice SliceOfText(const std::string& text, std::int64_t from, std::int64_t limit) {
  const Range range = AtCharacters(text, 0, RangeIn(text.size(), from, limit));
  return {text.size(), range, text.substr(range.from, range.to - range.from)};
}

Json SliceToJson(const std::string& mime, Slice slice, const OutputOutline& outline) {
  Json json{{"schema_version", 1},      {"mime", mime},         {"bytes", slice.bytes},
            {"from", slice.range.from}, {"to", slice.range.to}, {"text", std::move(slice.text)}};
  if (outline.missing > 0) {
    json["missing"] = outline.missing;
    json["gap_at"] = outline.gap_at;
  }
  return json;
}

ApiAnswer AnswerSlice(const Store& store, const OutputOutline& outline, const std::string& asked,
                      std::int64_t from, std::int64_t limit) {
  constexpr char kPlain[] = "text/plain";
  const std::string mime = asked.empty() ? kPlain : asked;
  if (outline.type == OutputType::kStream && mime == kPlain) {
    return JsonAnswer(SliceToJson(mime, SliceOfStream(store, outline, from, limit), outline));
  }
  if (IsBinaryType(mime)) {
    return ApiError(400, fmt::format("mime: {} is not text: the part's url has it", mime));
  }
  const auto body =
      outline.type == OutputType::kStream ? std::nullopt : ReadOutputBody(store, outline);
  const auto text = body ? TextOfPart(*body, mime) : std::nullopt;
  if (text) return JsonAnswer(SliceToJson(mime, SliceOfText(*text, from, limit), outline));
  return ApiError(404, fmt::format("output {} has no {}", outline.number, mime));
}

}  // namespace

ApiAnswer AnswerOutput(const ApiContext& context, const ApiRequest& request) {
  const QueryParameters query(request, {"attempt", "mime", "from", "limit"});
  constexpr std::int64_t kFar = std::int64_t{1} << 50;
  const std::int64_t from = query.Integer("from", -kFar, kFar).value_or(0);
  const std::int64_t limit = query.Integer("limit", 1, kMostBytes).value_or(kUsualBytes);
  const auto attempt = query.Integer("attempt", 1, 1'000'000).value_or(0);
  const auto run = FindNamedRun(*context.store, request.path[1]);
  if (!run) return NoSuchRun(*context.store, request.path[1]);
  const auto cell = IndexIn(request.path[3]);
  const auto number = IndexIn(request.path[5]);
  if (cell && number) {
    for (const OutputOutline& outline :
         FindOutlines(*context.store, run->id, static_cast<int>(attempt), *cell)) {
      if (outline.number != *number) continue;
      return AnswerSlice(*context.store, outline, query.Text("mime"), from, limit);
    }
  }
  return ApiError(404, fmt::format("run {} has no output {} in its cell {}", run->id.value,
                                   request.path[5], request.path[3]));
}

}  // namespace cellar
