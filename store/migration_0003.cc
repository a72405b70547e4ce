// Schema version 3: the history in other orders than that of submission.
namespace cellar {

extern const char kMigration0003[];
const char kMigration0003[] = R"sql(
CREATE INDEX run_by_finish ON run (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX attempt_by_duration ON attempt (duration_ms, run_id, number)
  WHERE duration_ms IS NOT NULL;
)sql";

}  // namespace cellar
