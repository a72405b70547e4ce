// Schema version 4: searching, pinned runs.
namespace cellar {

extern const char kMigration0004[];
const char kMigration0004[] = R"sql(
-- What `search` looks in (store/search_index.h). A block is some 64 KiB of the text of an output, or
-- of a cell's source; search_text has for each block the sequences of three bytes that occur in it.
-- The text itself is not kept twice: what is found is looked up, and held against what was asked.
-- Ids are not used again before all is emptied: words of blocks that are gone do no harm.
CREATE TABLE search_block (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  attempt_id INTEGER REFERENCES attempt (id) ON DELETE CASCADE,
  cell_index INTEGER,
  content_id INTEGER REFERENCES content (id) ON DELETE CASCADE,  -- of a source
  CHECK ((attempt_id IS NULL) = (cell_index IS NULL)),
  CHECK ((attempt_id IS NULL) <> (content_id IS NULL))
) STRICT;
CREATE INDEX search_block_by_attempt ON search_block (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE INDEX search_block_by_content ON search_block (content_id) WHERE content_id IS NOT NULL;
CREATE VIRTUAL TABLE search_text USING fts5
  (trigrams, content = '', detail = none, columnsize = 0, tokenize = 'ascii');

-- Attempts up to `up_to` are in it, and of later ones those in search_attempt.
CREATE TABLE search_state (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  up_to INTEGER NOT NULL
) STRICT;
INSERT INTO search_state (id, up_to) VALUES (1, 0);
CREATE TABLE search_attempt (
  attempt_id INTEGER PRIMARY KEY
) STRICT;

-- Runs that `gc` never removes.
CREATE TABLE pin (
  run_id    INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
  pinned_at INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace cellar
