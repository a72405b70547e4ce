// Schema version 1. Released: never edit, add the next number.
namespace cellar {

extern const char kMigration0001[];
const char kMigration0001[] = R"sql(
-- Times are milliseconds since 1970-01-01 UTC, durations milliseconds as REAL.
-- The stable way in for others are the four views at the end; the tables may change.

-- A process that runs attempts: alive as long as it holds byte `id` of the file `<store>.lock`.
CREATE TABLE worker (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  pid        INTEGER NOT NULL,
  host       TEXT NOT NULL,
  started_at INTEGER NOT NULL
) STRICT;

-- Texts kept once: job definitions, cell sources, large output bodies. `size` is before compression.
CREATE TABLE content (
  id       INTEGER PRIMARY KEY,
  sha256   TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
  size     INTEGER NOT NULL,
  encoding TEXT NOT NULL CHECK (encoding IN ('text', 'zstd')),
  data     BLOB NOT NULL
) STRICT;

CREATE TABLE run (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  job           TEXT NOT NULL,
  state         TEXT NOT NULL
                CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  reason        TEXT,
  message       TEXT NOT NULL DEFAULT '',
  attempt       INTEGER NOT NULL DEFAULT 0,  -- the last one's number
  submitted_at  INTEGER NOT NULL,
  finished_at   INTEGER,
  gateway       TEXT NOT NULL,               -- as asked for; may be empty
  kernelspec    TEXT NOT NULL,
  job_file      TEXT NOT NULL,
  job_sha256    TEXT NOT NULL,
  definition_id INTEGER NOT NULL REFERENCES content (id),
  tags          TEXT NOT NULL,               -- a JSON array
  parameters    TEXT NOT NULL,               -- a JSON object
  CHECK ((finished_at IS NOT NULL) = (state NOT IN ('queued', 'running'))),
  CHECK (CASE state
           WHEN 'failed' THEN reason IS NOT NULL AND reason IN
             ('cell_error', 'cell_timeout', 'run_timeout', 'stalled', 'kernel_died',
              'kernel_unavailable', 'gateway_unreachable', 'gateway_lost', 'output_limit',
              'interrupted', 'store_full')
           WHEN 'cancelled' THEN reason IS NOT NULL AND reason IN
             ('by_user', 'overlap', 'dependency')
           ELSE reason IS NULL END),
  CHECK (attempt >= 1 OR (attempt = 0 AND state IN ('queued', 'cancelled')))
) STRICT;
CREATE INDEX run_by_job ON run (job);
CREATE INDEX run_by_state ON run (state);
CREATE INDEX run_by_job_state ON run (job, state);
CREATE INDEX run_by_reason ON run (reason) WHERE reason IS NOT NULL;
CREATE INDEX run_by_submission ON run (submitted_at);
CREATE INDEX run_by_definition ON run (definition_id);

CREATE TABLE run_tag (
  tag    TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  PRIMARY KEY (tag, run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_tag_by_run ON run_tag (run_id);

CREATE TABLE attempt (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id          INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  number          INTEGER NOT NULL CHECK (number >= 1),
  worker_id       INTEGER NOT NULL REFERENCES worker (id),
  state           TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
  reason          TEXT,
  message         TEXT NOT NULL DEFAULT '',
  gateway         TEXT,
  kernelspec      TEXT,
  started_at      INTEGER NOT NULL,
  finished_at     INTEGER,
  queue_ms        REAL NOT NULL CHECK (queue_ms >= 0),
  kernel_start_ms REAL,
  duration_ms     REAL,  -- null also when the worker died: nobody measured it
  UNIQUE (run_id, number),
  CHECK ((finished_at IS NOT NULL) = (state <> 'running')),
  CHECK (CASE state
           WHEN 'failed' THEN reason IS NOT NULL AND reason IN
             ('cell_error', 'cell_timeout', 'run_timeout', 'stalled', 'kernel_died',
              'kernel_unavailable', 'gateway_unreachable', 'gateway_lost', 'output_limit',
              'interrupted', 'store_full')
           WHEN 'cancelled' THEN reason IS NOT NULL AND reason IN
             ('by_user', 'overlap', 'dependency')
           ELSE reason IS NULL END),
  CHECK (duration_ms IS NULL OR state <> 'running')
) STRICT;
CREATE UNIQUE INDEX attempt_running ON attempt (run_id) WHERE state = 'running';
CREATE INDEX attempt_running_by_worker ON attempt (worker_id) WHERE state = 'running';

CREATE TABLE cell (
  id              INTEGER PRIMARY KEY,
  attempt_id      INTEGER NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
  cell_index      INTEGER NOT NULL CHECK (cell_index >= 0),
  name            TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('code', 'parameters')),
  source_id       INTEGER NOT NULL REFERENCES content (id),
  file            TEXT NOT NULL,
  line            INTEGER NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed',
                                                 'skipped', 'not_run', 'unknown')),
  reason          TEXT,
  message         TEXT NOT NULL DEFAULT '',
  execution_count INTEGER,
  started_at      INTEGER,
  duration_ms     REAL,
  msg_id          TEXT,                          -- of its execute_request
  ws_session_id   TEXT,                          -- of the WebSocket that it was sent over
  output_bytes    INTEGER NOT NULL DEFAULT 0,    -- of all that came, also where less was kept
  UNIQUE (attempt_id, cell_index),
  CHECK (CASE state
           WHEN 'failed' THEN reason IS NOT NULL AND reason IN
             ('error', 'timeout', 'kernel_died', 'stalled', 'output_limit', 'no_reply', 'aborted')
           ELSE reason IS NULL END),
  CHECK ((started_at IS NOT NULL) = (state IN ('running', 'succeeded', 'failed', 'unknown'))),
  CHECK ((started_at IS NOT NULL) = (msg_id IS NOT NULL)),
  CHECK ((msg_id IS NOT NULL) = (ws_session_id IS NOT NULL)),
  CHECK (duration_ms IS NULL OR state IN ('succeeded', 'failed', 'unknown'))
) STRICT;
CREATE INDEX cell_by_source ON cell (source_id);

CREATE TABLE output (
  id          INTEGER PRIMARY KEY,
  cell_id     INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL CHECK (number >= 0),
  type        TEXT NOT NULL
              CHECK (type IN ('stream', 'display_data', 'execute_result', 'error')),
  stream_name TEXT,
  display_id  TEXT,
  cleared     INTEGER NOT NULL DEFAULT 0 CHECK (cleared IN (0, 1)),
  bytes       INTEGER NOT NULL DEFAULT 0,  -- of all that came, also where less was kept
  UNIQUE (cell_id, number),
  CHECK ((type = 'stream') = (stream_name IS NOT NULL))
) STRICT;

-- One piece of an output as it was flushed: of a stream some text, of any other its whole body.
-- The id is the cursor of those who follow a run. A hole between `start + size` and the next
-- `start` is what the limit cut out of a stream.
CREATE TABLE chunk (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  attempt_id INTEGER NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
  output_id  INTEGER NOT NULL REFERENCES output (id) ON DELETE CASCADE,
  start      INTEGER NOT NULL CHECK (start >= 0),
  size       INTEGER NOT NULL CHECK (size >= 0),
  encoding   TEXT CHECK (encoding IN ('text', 'zstd')),
  data       BLOB,
  content_id INTEGER REFERENCES content (id),
  CHECK ((encoding IS NULL) = (data IS NULL)),
  CHECK ((data IS NULL) = (content_id IS NOT NULL))
) STRICT;
CREATE INDEX chunk_by_attempt ON chunk (attempt_id);
CREATE INDEX chunk_by_output ON chunk (output_id);
CREATE INDEX chunk_by_content ON chunk (content_id) WHERE content_id IS NOT NULL;

CREATE TABLE event (
  id      INTEGER PRIMARY KEY,
  cell_id INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
  kind    TEXT NOT NULL CHECK (kind IN ('outputs_lost', 'outputs_truncated', 'resumed',
                                        'late_output', 'foreign_traffic')),
  at      INTEGER NOT NULL,
  detail  TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_cell ON event (cell_id);

-- Kernels that a Cellar started, recorded before they are used.
CREATE TABLE kernel (
  id         INTEGER PRIMARY KEY,
  worker_id  INTEGER NOT NULL REFERENCES worker (id),
  attempt_id INTEGER REFERENCES attempt (id) ON DELETE SET NULL,
  state      TEXT NOT NULL CHECK (state IN ('intended', 'started', 'releasing', 'gone')),
  gateway    TEXT NOT NULL,
  url        TEXT NOT NULL,
  tag        TEXT NOT NULL UNIQUE,
  kernelspec TEXT NOT NULL,
  kernel_id  TEXT NOT NULL DEFAULT '',
  session_id TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  CHECK (state <> 'started' OR kernel_id <> '')
) STRICT;
CREATE INDEX kernel_left ON kernel (state) WHERE state <> 'gone';
CREATE INDEX kernel_by_attempt ON kernel (attempt_id);

CREATE TRIGGER attempt_ended BEFORE UPDATE ON attempt
WHEN OLD.finished_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended attempt never changes'); END;

CREATE TRIGGER attempt_ended_cell BEFORE UPDATE ON cell
WHEN (SELECT finished_at FROM attempt WHERE id = OLD.attempt_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended attempt never changes'); END;

CREATE TRIGGER attempt_ended_chunk BEFORE INSERT ON chunk
WHEN (SELECT finished_at FROM attempt WHERE id = NEW.attempt_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended attempt never changes'); END;

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
       run.job_file, run.job_sha256
FROM run LEFT JOIN attempt ON attempt.run_id = run.id AND attempt.number = run.attempt;

CREATE VIEW attempts AS
-- One row a try at a run, numbered from 1. `duration_ms` is null when its worker died.
SELECT attempt.run_id AS run, attempt.number AS attempt, attempt.state, attempt.reason,
       attempt.message, attempt.gateway, attempt.kernelspec,
       strftime('%Y-%m-%dT%H:%M:%fZ', attempt.started_at / 1000.0, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', attempt.finished_at / 1000.0, 'unixepoch') AS finished_at,
       attempt.queue_ms, attempt.kernel_start_ms, attempt.duration_ms,
       worker.host, worker.pid
FROM attempt JOIN worker ON worker.id = attempt.worker_id;

CREATE VIEW cells AS
-- One row a cell of an attempt; `cell` is its index, from 0. `source` is null where it is stored
-- compressed (more than 4 KiB): `cellar show` prints it. `events` is a JSON array of
-- {"kind", "at", "detail"}.
SELECT attempt.run_id AS run, attempt.number AS attempt, cell.cell_index AS cell, cell.name,
       cell.kind, cell.state, cell.reason, cell.message, cell.execution_count,
       strftime('%Y-%m-%dT%H:%M:%fZ', cell.started_at / 1000.0, 'unixepoch') AS started_at,
       cell.duration_ms, cell.output_bytes,
       (SELECT json_group_array(json_object(
                 'kind', event.kind,
                 'at', strftime('%Y-%m-%dT%H:%M:%fZ', event.at / 1000.0, 'unixepoch'),
                 'detail', event.detail))
        FROM event WHERE event.cell_id = cell.id) AS events,
       cell.file, cell.line,
       CASE content.encoding WHEN 'text' THEN CAST(content.data AS TEXT) END AS source
FROM cell JOIN attempt ON attempt.id = cell.attempt_id
          JOIN content ON content.id = cell.source_id;

CREATE VIEW outputs AS
-- One row an output. `text` is a stream's text, or the body of any other output as nbformat's JSON
-- without its output_type. It is null, and `encoding` is 'zstd', where a piece of it is stored
-- compressed (more than 4 KiB at once): `cellar show` and `cellar export` print it. `bytes` came,
-- `kept_bytes` are stored. `cleared`: clear_output took it away.
SELECT attempt.run_id AS run, attempt.number AS attempt, cell.cell_index AS cell, output.number,
       output.type AS output_type, output.stream_name AS name, output.display_id, output.cleared,
       output.bytes,
       (SELECT coalesce(sum(chunk.size), 0) FROM chunk WHERE chunk.output_id = output.id)
         AS kept_bytes,
       (SELECT coalesce(max(coalesce(chunk.encoding, content.encoding)), 'text')
        FROM chunk LEFT JOIN content ON content.id = chunk.content_id
        WHERE chunk.output_id = output.id) AS encoding,
       (SELECT CASE max(piece.encoding) WHEN 'text' THEN group_concat(piece.text, '') END
        FROM (SELECT coalesce(chunk.encoding, content.encoding) AS encoding,
                     CASE coalesce(chunk.encoding, content.encoding)
                       WHEN 'text' THEN CAST(coalesce(chunk.data, content.data) AS TEXT) END AS text
              FROM chunk LEFT JOIN content ON content.id = chunk.content_id
              WHERE chunk.output_id = output.id ORDER BY chunk.id) AS piece) AS text
FROM output JOIN cell ON cell.id = output.cell_id
            JOIN attempt ON attempt.id = cell.attempt_id;
)sql";

}  // namespace cellar
