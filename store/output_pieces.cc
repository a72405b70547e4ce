#include "store/output_pieces.h"

#include <nlohmann/json.hpp>

#include "store/contents.h"
#include "store/stored_values.h"

namespace cellar {

std::optional<AttemptId> FindAttempt(Database& database, RunId run, int number) {
  Query query = database.Prepare(R"sql(
    SELECT id FROM attempt WHERE run_id = :run AND (:number = 0 OR number = :number)
    ORDER BY number DESC LIMIT 1
  )sql");
  query.Bind(":run", run.value).Bind(":number", std::int64_t{number});
  if (!query.Step()) return std::nullopt;
  return AttemptId{query.Int(0)};
}

std::string PieceAt(const Database& database, const Query& row, int first) {
  return UnpackOrFail(database, row.Text(first), row.Text(first + 1),
                      static_cast<std::uint64_t>(row.Int(first + 2)));
}

nlohmann::ordered_json WholeBody(const Database& database, OutputType type,
                                 const std::string& text) {
  nlohmann::ordered_json body{{"output_type", ToWord(type)}};
  body.update(ParseStored(database, text));
  return body;
}

nlohmann::ordered_json ReadWhole(Database& database, std::int64_t output, OutputType type) {
  Query piece = database.Prepare(R"sql(
    SELECT coalesce(chunk.encoding, content.encoding), coalesce(chunk.data, content.data),
           chunk.size
    FROM chunk LEFT JOIN content ON content.id = chunk.content_id
    WHERE chunk.output_id = :output
  )sql");
  if (!piece.Bind(":output", output).Step()) database.FailDamaged("an output has no body");
  return WholeBody(database, type, PieceAt(database, piece, 0));
}

}  // namespace cellar
