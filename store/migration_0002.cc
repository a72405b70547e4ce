// Schema version 2: the queue, adoption, schedules.
namespace cellar {

extern const char kMigration0002[];
const char kMigration0002[] = R"sql(
-- `left_at`: it ended on purpose and left its attempts to the next one; null where it died.
ALTER TABLE worker ADD COLUMN kind TEXT NOT NULL DEFAULT 'run'
  CHECK (kind IN ('run', 'work', 'serve'));
ALTER TABLE worker ADD COLUMN left_at INTEGER;

-- Runs that were submitted as one: a sweep.
CREATE TABLE run_group (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Of a queued run. `due_at` is what was asked for. `not_before` gates the claim: the due time, or
-- the end of the pause before another attempt. `ready_at` is from when it waits for nothing but its
-- turn: the order of the queue, and where queue_ms begins. `waits_for` counts its dependencies that
-- have not succeeded. `reserved_by`: only this worker claims it, as long as it lives.
-- `requires` is a JSON array; null in runs of version 1, whose definition tells.
ALTER TABLE run ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN due_at INTEGER;
ALTER TABLE run ADD COLUMN not_before INTEGER;
ALTER TABLE run ADD COLUMN ready_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN key TEXT CHECK (key <> '');
ALTER TABLE run ADD COLUMN group_id INTEGER REFERENCES run_group (id);
ALTER TABLE run ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN requires TEXT;
ALTER TABLE run ADD COLUMN concurrency_key TEXT;
ALTER TABLE run ADD COLUMN concurrency_limit INTEGER
  CHECK ((concurrency_limit IS NULL) = (concurrency_key IS NULL)) CHECK (concurrency_limit >= 1);
ALTER TABLE run ADD COLUMN waits_for INTEGER NOT NULL DEFAULT 0 CHECK (waits_for >= 0);
ALTER TABLE run ADD COLUMN reserved_by INTEGER REFERENCES worker (id);
ALTER TABLE run ADD COLUMN cancel_request TEXT
  CHECK (cancel_request IN ('by_user', 'overlap')) CHECK (cancel_request IS NULL OR state <> 'queued');
UPDATE run SET ready_at = submitted_at;

-- With `state` in them they are covering: the queue is walked without its rows.
CREATE INDEX run_queue ON run (priority DESC, ready_at, id, waits_for, not_before, concurrency_key,
                               concurrency_limit, reserved_by, state) WHERE state = 'queued';
CREATE INDEX run_due ON run (not_before, state) WHERE state = 'queued' AND not_before IS NOT NULL;
CREATE INDEX run_queued_by_concurrency ON run (concurrency_key)
  WHERE state = 'queued' AND concurrency_key IS NOT NULL;
CREATE INDEX run_running_by_concurrency ON run (concurrency_key, state)
  WHERE state = 'running' AND concurrency_key IS NOT NULL;
CREATE UNIQUE INDEX run_by_key ON run (key) WHERE key IS NOT NULL;
CREATE INDEX run_by_group ON run (group_id) WHERE group_id IS NOT NULL;

-- `run_id` starts when `on_run_id` has succeeded, and is cancelled when that ends otherwise.
CREATE TABLE dependency (
  run_id    INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  on_run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  PRIMARY KEY (run_id, on_run_id),
  CHECK (on_run_id <> run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependency_by_on_run ON dependency (on_run_id);

-- An attempt whose worker was found to be gone: taken up by another, or ended.
CREATE TABLE takeover (
  id         INTEGER PRIMARY KEY,
  attempt_id INTEGER NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
  worker_id  INTEGER NOT NULL REFERENCES worker (id),  -- the one that is gone
  died       INTEGER NOT NULL CHECK (died IN (0, 1)),  -- 0: it had left on purpose
  at         INTEGER NOT NULL
) STRICT;
CREATE INDEX takeover_by_attempt ON takeover (attempt_id);

-- Whether the piece is one of those that the limit forgets first.
ALTER TABLE chunk ADD COLUMN in_tail INTEGER NOT NULL DEFAULT 0 CHECK (in_tail IN (0, 1));

-- The header.session of its process: another one is another process. Empty: not known.
ALTER TABLE kernel ADD COLUMN process_session TEXT NOT NULL DEFAULT '';

CREATE TABLE schedule (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT NOT NULL UNIQUE CHECK (name <> ''),
  job_file      TEXT NOT NULL,
  job_sha256    TEXT NOT NULL,
  definition_id INTEGER NOT NULL REFERENCES content (id),
  parameters    TEXT NOT NULL,      -- a JSON object
  cron          TEXT NOT NULL,
  timezone      TEXT NOT NULL,
  jitter_ms     INTEGER NOT NULL CHECK (jitter_ms >= 0),
  catch_up      TEXT NOT NULL CHECK (catch_up IN ('latest', 'all', 'none')),
  paused        INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  created_at    INTEGER NOT NULL,
  active_since  INTEGER NOT NULL    -- no slot up to here is made up for
) STRICT;
CREATE INDEX schedule_by_definition ON schedule (definition_id);

CREATE TABLE schedule_slot (
  schedule_id INTEGER NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
  slot        INTEGER NOT NULL,
  run_id      INTEGER REFERENCES run (id) ON DELETE SET NULL,
  PRIMARY KEY (schedule_id, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_slot_by_run ON schedule_slot (run_id);

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
       run.cancel_request
FROM run LEFT JOIN attempt ON attempt.run_id = run.id AND attempt.number = run.attempt;

DROP VIEW attempts;
CREATE VIEW attempts AS
-- One row a try at a run, numbered from 1. `duration_ms` is null when its worker died.
SELECT attempt.run_id AS run, attempt.number AS attempt, attempt.state, attempt.reason,
       attempt.message, attempt.gateway, attempt.kernelspec,
       strftime('%Y-%m-%dT%H:%M:%fZ', attempt.started_at / 1000.0, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', attempt.finished_at / 1000.0, 'unixepoch') AS finished_at,
       attempt.queue_ms, attempt.kernel_start_ms, attempt.duration_ms,
       worker.host, worker.pid, worker.kind AS worker_kind,
       (SELECT count(*) FROM takeover WHERE takeover.attempt_id = attempt.id) AS takeovers
FROM attempt JOIN worker ON worker.id = attempt.worker_id;

CREATE VIEW schedules AS
-- One row a schedule. `last_run` is that of its latest slot, join runs ON run = last_run.
SELECT schedule.name, schedule.job_file, schedule.cron, schedule.timezone, schedule.jitter_ms,
       schedule.catch_up, schedule.paused,
       strftime('%Y-%m-%dT%H:%M:%fZ', schedule.created_at / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', last.slot / 1000.0, 'unixepoch') AS last_slot,
       last.run_id AS last_run
FROM schedule LEFT JOIN schedule_slot AS last
     ON last.schedule_id = schedule.id
        AND last.slot = (SELECT max(slot) FROM schedule_slot WHERE schedule_id = schedule.id);
)sql";

}  // namespace cellar
