// Schema version 6: outputs that were replaced are known; the index of
// `search` has longer sequences of bytes, and texts shorter than these can be looked up.
namespace cellar {

extern const char kMigration0006[];
const char kMigration0006[] = R"sql(
-- Numbers the times that an output's body was replaced (update_display_data), over the whole store:
-- the highest is the latest. NULL: never.
ALTER TABLE output ADD COLUMN replaced INTEGER;
CREATE INDEX output_by_replaced ON output (replaced) WHERE replaced IS NOT NULL;

-- They have other words now: of each block the sequences of four bytes that begin in its lines. The
-- next search fills them again.
DROP TABLE search_text;
DROP TABLE search_source_text;
CREATE VIRTUAL TABLE search_text USING fts5
  (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
CREATE VIRTUAL TABLE search_source_text USING fts5
  (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
DELETE FROM search_block;
DELETE FROM sqlite_sequence WHERE name = 'search_block';
DELETE FROM search_attempt;
UPDATE search_state SET up_to = 0;
)sql";

}  // namespace cellar
