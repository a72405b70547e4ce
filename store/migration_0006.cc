// Schema version 6: outputs that were replaced are known; texts of one or two bytes can be looked
// up.
namespace cellar {

extern const char kMigration0006[];
const char kMigration0006[] = R"sql(
-- Numbers the times that an output's body was replaced (update_display_data), over the whole store:
-- the highest is the latest. NULL: never.
ALTER TABLE output ADD COLUMN replaced INTEGER;
CREATE INDEX output_by_replaced ON output (replaced) WHERE replaced IS NOT NULL;

-- search_text and search_source_text have other words now: of each block the sequences of three bytes
-- that begin in its lines. The next search fills them again.
INSERT INTO search_text (search_text) VALUES ('delete-all');
INSERT INTO search_source_text (search_source_text) VALUES ('delete-all');
DELETE FROM search_block;
DELETE FROM sqlite_sequence WHERE name = 'search_block';
DELETE FROM search_attempt;
UPDATE search_state SET up_to = 0;
)sql";

}  // namespace cellar
