#include "store/contents.h"

#include <optional>
#include <utility>

#include "store/packing.h"
#include "store/sha256.h"

namespace cellar {

std::int64_t StoreContent(Database& database, std::string_view text) {
  const std::string sha256 = Sha256(text);
  Query find = database.Prepare("SELECT id FROM content WHERE sha256 = :sha256");
  if (find.Bind(":sha256", sha256).Step()) return find.Int(0);
  const Packed packed = Pack(text);
  database
      .Prepare(R"sql(
        INSERT INTO content (sha256, size, encoding, data)
        VALUES (:sha256, :size, :encoding, :data)
      )sql")
      .Bind(":sha256", sha256)
      .Bind(":size", static_cast<std::int64_t>(text.size()))
      .Bind(":encoding", packed.encoding)
      .BindBlob(":data", packed.data)
      .Run();
  return database.LastInsertId();
}

std::string ReadContent(Database& database, std::int64_t content) {
  Query query = database.Prepare("SELECT encoding, data, size FROM content WHERE id = :id");
  if (!query.Bind(":id", content).Step()) return UnpackOrFail(database, "missing", "", 1);
  return UnpackOrFail(database, query.Text(0), query.Text(1),
                      static_cast<std::uint64_t>(query.Int(2)));
}

void DropContent(Database& database, std::int64_t content) {
  database
      .Prepare(R"sql(
        DELETE FROM content WHERE id = :id
          AND NOT EXISTS (SELECT 1 FROM chunk WHERE content_id = :id)
          AND NOT EXISTS (SELECT 1 FROM cell WHERE source_id = :id)
          AND NOT EXISTS (SELECT 1 FROM run WHERE definition_id = :id)
          AND NOT EXISTS (SELECT 1 FROM schedule WHERE definition_id = :id)
      )sql")
      .Bind(":id", content)
      .Run();
}

std::string UnpackOrFail(const Database& database, std::string_view encoding, std::string data,
                         std::uint64_t size) {
  std::optional<std::string> text = Unpack(encoding, std::move(data), size);
  if (!text) database.FailDamaged("a stored text cannot be unpacked");
  return *std::move(text);
}

}  // namespace cellar
