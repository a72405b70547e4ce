// Schema version 5: searching reads only the blocks that may have it; pinned runs in the view.
namespace cellar {

extern const char kMigration0005[];
const char kMigration0005[] = R"sql(
-- What `search` looks in (store/search_index.h). A block is some 8 KiB of the text of a cell's
-- outputs, or of its source; search_text has for each block of outputs the sequences of three bytes
-- that occur in it, search_source_text for each one of a source. The text itself is not kept twice:
-- it is looked up, and held against what was asked.
-- Ids are not used again before all is emptied: words of blocks that are gone do no harm.
-- All is emptied here: the next search fills it again.
DROP TABLE search_text;
DROP TABLE search_block;
CREATE TABLE search_block (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  attempt_id INTEGER REFERENCES attempt (id) ON DELETE CASCADE,
  cell_index INTEGER,
  chunk_id   INTEGER,  -- of an output: the piece in which the block begins,
  chunk_at   INTEGER,  -- so many bytes into its text,
  bytes      INTEGER,  -- and how long it is; it may go on in the pieces and outputs that follow
  content_id INTEGER REFERENCES content (id) ON DELETE CASCADE,  -- of a source
  CHECK ((attempt_id IS NULL) <> (content_id IS NULL)),
  CHECK ((cell_index IS NULL) = (attempt_id IS NULL)),
  CHECK ((chunk_id IS NULL) = (attempt_id IS NULL)),
  CHECK ((chunk_at IS NULL) = (attempt_id IS NULL)),
  CHECK ((bytes IS NULL) = (attempt_id IS NULL))
) STRICT;
CREATE INDEX search_block_by_attempt ON search_block (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE INDEX search_block_by_content ON search_block (content_id) WHERE content_id IS NOT NULL;
CREATE VIRTUAL TABLE search_text USING fts5
  (trigrams, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
CREATE VIRTUAL TABLE search_source_text USING fts5
  (trigrams, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
DELETE FROM search_attempt;
UPDATE search_state SET up_to = 0;

DROP VIEW runs;
CREATE VIEW runs AS
-- One row a run, join the others USING (run) or, for its last attempt, USING (run, attempt).
-- Times are RFC 3339 in UTC, durations milliseconds. `started_at`, `queue_ms`, `kernel_start_ms`,
-- `duration_ms`, `gateway` and `kernelspec` are those of the last attempt.
SELECT run.id AS run, run.job, run.state, run.reason, run.message,
       run.parameters,  -- a JSON object
       run.tags,        -- a JSON array
       coalesce(attempt.gateway, run.gateway) AS gateway,
       coalesce(attempt.kernelspec, run.kernelspec) AS kernelspec,
       run.attempt,     -- how many there were; 0: none yet
       strftime('%Y-%m-%dT%H:%M:%fZ', run.submitted_at / 1000.0, 'unixepoch') AS submitted_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', attempt.started_at / 1000.0, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', run.finished_at / 1000.0, 'unixepoch') AS finished_at,
       attempt.queue_ms, attempt.kernel_start_ms, attempt.duration_ms,
       run.job_file, run.job_sha256,
       run.priority,
       strftime('%Y-%m-%dT%H:%M:%fZ', run.due_at / 1000.0, 'unixepoch') AS due_at,
       run.key,
       run.group_id,    -- runs that were submitted as one share it
       run.concurrency_key,
       (SELECT json_group_array(on_run_id) FROM dependency WHERE dependency.run_id = run.id)
         AS after,      -- a JSON array of the runs that must have succeeded
       run.cancel_request,
       EXISTS (SELECT 1 FROM pin WHERE pin.run_id = run.id) AS pinned  -- 1: `gc` leaves it alone
FROM run LEFT JOIN attempt ON attempt.run_id = run.id AND attempt.number = run.attempt;
)sql";

}  // namespace cellar
