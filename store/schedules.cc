#include "store/schedules.h"

#include <utility>

#include "store/bell.h"
#include "store/contents.h"
#include "store/definition.h"
#include "store/insert_runs.h"
#include "store/store_impl.h"
#include "store/stored_values.h"
#include "store/transaction.h"

namespace cellar {
namespace {

/// Which content the schedule of that name has, when there is one.
std::optional<std::int64_t> DefinitionOf(Database& database, const std::string& name) {
  Query query = database.Prepare("SELECT definition_id FROM schedule WHERE name = :name");
  if (!query.Bind(":name", name).Step()) return std::nullopt;
  return query.Int(0);
}

ScheduleId Put(Database& database, const NewSchedule& schedule, TimePoint now) {
  Job job = schedule.job;
  const Schedule times = job.schedule.value();
  const std::string parameters = TakeValues(&job);
  Query put = database.Prepare(R"sql(
    INSERT INTO schedule (name, job_file, job_sha256, definition_id, parameters, cron, timezone,
                          jitter_ms, catch_up, created_at, active_since)
    VALUES (:name, :job_file, :sha256, :definition, :parameters, :cron, :timezone, :jitter,
            :catch_up, :now, :now)
    ON CONFLICT (name) DO UPDATE SET
      job_file = excluded.job_file, job_sha256 = excluded.job_sha256,
      definition_id = excluded.definition_id, parameters = excluded.parameters,
      active_since = CASE WHEN cron = excluded.cron AND timezone = excluded.timezone
                          THEN active_since ELSE excluded.active_since END,
      cron = excluded.cron, timezone = excluded.timezone, jitter_ms = excluded.jitter_ms,
      catch_up = excluded.catch_up
    RETURNING id
  )sql");
  put.Bind(":name", schedule.name)
      .Bind(":job_file", schedule.job_file)
      .Bind(":sha256", schedule.job_sha256)
      .Bind(":definition", StoreContent(database, DefinitionText(job)))
      .Bind(":parameters", parameters)
      .Bind(":cron", times.cron)
      .Bind(":timezone", times.timezone)
      .Bind(":jitter", std::int64_t{times.jitter.count()})
      .Bind(":catch_up", ToWord(times.catch_up))
      .Bind(":now", ToMillis(now))
      .Step();
  const ScheduleId id{put.Int(0)};
  put.Step();  // to its end
  return id;
}

ScheduleRecord ReadSchedule(Database& database, const Query& row) {
  ScheduleRecord record;
  record.id = ScheduleId{row.Int(0)};
  record.schedule.name = row.Text(1);
  record.schedule.job_file = row.Text(2);
  record.schedule.job_sha256 = row.Text(3);
  record.schedule.job = ReadDefinition(database, row.Int(4), row.Text(5));
  record.paused = row.Int(6) == 1;
  record.created_at = FromMillis(row.Int(7));
  record.active_since = FromMillis(row.Int(8));
  record.last_slot = TimeOrNull(row, 9);
  return record;
}

std::optional<SlotRecord> ReadSlot(Database& database, Query& query, ScheduleId schedule) {
  if (!query.Bind(":schedule", schedule.value).Step()) return std::nullopt;
  SlotRecord slot{FromMillis(query.Int(0)), {}, {}, {}};
  if (query.IsNull(1)) return slot;
  slot.run = RunId{query.Int(1)};
  slot.state = WordAt(database, query, 2, ParseRunState);
  if (!query.IsNull(3)) slot.reason = WordAt(database, query, 3, ParseRunReason);
  return slot;
}

std::optional<SlotRecord> LastSlot(Database& database, ScheduleId schedule) {
  Query query = database.Prepare(R"sql(
    SELECT schedule_slot.slot, run.id, run.state, run.reason
    FROM schedule_slot LEFT JOIN run ON run.id = schedule_slot.run_id
    WHERE schedule_slot.schedule_id = :schedule AND run.state IS NOT 'queued'
    ORDER BY schedule_slot.slot DESC LIMIT 1
  )sql");
  return ReadSlot(database, query, schedule);
}

std::optional<SlotRecord> NextSlot(Database& database, ScheduleId schedule) {
  Query query = database.Prepare(R"sql(
    SELECT schedule_slot.slot, run.id, run.state, run.reason
    FROM run INDEXED BY run_by_state JOIN schedule_slot ON schedule_slot.run_id = run.id
    WHERE run.state = 'queued' AND schedule_slot.schedule_id = :schedule
    ORDER BY schedule_slot.slot LIMIT 1
  )sql");
  return ReadSlot(database, query, schedule);
}

/// Runs an UPDATE or DELETE of the schedule `name`. True: there was one.
bool ChangeSchedule(Store& store, Query& change, const std::string& name) {
  WriteTransaction transaction(store.impl().database);
  const bool found = change.Bind(":name", name).Run() == 1;
  transaction.Commit();
  Ring(store);
  return found;
}

bool IsActive(Database& database, ScheduleId schedule) {
  Query query = database.Prepare("SELECT 1 FROM schedule WHERE id = :schedule AND paused = 0");
  return query.Bind(":schedule", schedule.value).Step();
}

bool TakeSlot(Database& database, ScheduleId schedule, TimePoint slot) {
  return database
             .Prepare(R"sql(
               INSERT OR IGNORE INTO schedule_slot (schedule_id, slot) VALUES (:schedule, :slot)
             )sql")
             .Bind(":schedule", schedule.value)
             .Bind(":slot", ToMillis(slot))
             .Run() == 1;
}

}  // namespace

ScheduleId PutSchedule(Store& store, const NewSchedule& schedule, TimePoint now) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  const std::optional<std::int64_t> former = DefinitionOf(database, schedule.name);
  const ScheduleId id = Put(database, schedule, now);
  if (former) DropContent(database, *former);
  transaction.Commit();
  Ring(store);
  return id;
}

std::vector<ScheduleRecord> FindSchedules(const Store& store) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  std::vector<ScheduleRecord> schedules;
  Query query = database.Prepare(R"sql(
    SELECT id, name, job_file, job_sha256, definition_id, parameters, paused, created_at,
           active_since,
           (SELECT max(slot) FROM schedule_slot WHERE schedule_id = schedule.id)
    FROM schedule ORDER BY name
  )sql");
  while (query.Step()) {
    ScheduleRecord& record = schedules.emplace_back(ReadSchedule(database, query));
    record.last = LastSlot(database, record.id);
    record.next = NextSlot(database, record.id);
  }
  return schedules;
}

std::vector<ScheduleClock> FindScheduleClocks(const Store& store, TimePoint now) {
  Database& database = store.impl().database;
  std::vector<ScheduleClock> clocks;
  Query row = database.Prepare(R"sql(
    SELECT id, name, cron, timezone, jitter_ms, catch_up, paused, active_since,
           (SELECT max(slot) FROM schedule_slot WHERE schedule_id = schedule.id AND slot <= :now)
    FROM schedule ORDER BY name
  )sql");
  row.Bind(":now", ToMillis(now));
  while (row.Step()) {
    ScheduleClock& clock = clocks.emplace_back();
    clock.id = ScheduleId{row.Int(0)};
    clock.name = row.Text(1);
    clock.times = {row.Text(2), row.Text(3), std::chrono::milliseconds(row.Int(4)),
                   WordAt(database, row, 5, ParseCatchUp)};
    clock.paused = row.Int(6) == 1;
    clock.active_since = FromMillis(row.Int(7));
    clock.last_slot = TimeOrNull(row, 8);
  }
  return clocks;
}

std::optional<NewSchedule> FindSchedule(const Store& store, ScheduleId schedule) {
  Database& database = store.impl().database;
  const ReadTransaction snapshot(database);
  Query row = database.Prepare(R"sql(
    SELECT name, job_file, job_sha256, definition_id, parameters FROM schedule WHERE id = :schedule
  )sql");
  if (!row.Bind(":schedule", schedule.value).Step()) return std::nullopt;
  return NewSchedule{row.Text(0), ReadDefinition(database, row.Int(3), row.Text(4)), row.Text(1),
                     row.Text(2)};
}

bool PauseSchedule(Store& store, const std::string& name) {
  Query pause = store.impl().database.Prepare("UPDATE schedule SET paused = 1 WHERE name = :name");
  return ChangeSchedule(store, pause, name);
}

bool ResumeSchedule(Store& store, const std::string& name, TimePoint now) {
  Query resume = store.impl().database.Prepare(R"sql(
    UPDATE schedule
    SET active_since = CASE paused WHEN 1 THEN max(active_since, :now) ELSE active_since END,
        paused = 0
    WHERE name = :name
  )sql");
  return ChangeSchedule(store, resume.Bind(":now", ToMillis(now)), name);
}

bool RemoveSchedule(Store& store, const std::string& name) {
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  const std::optional<std::int64_t> definition = DefinitionOf(database, name);
  if (!definition) return false;
  database.Prepare("DELETE FROM schedule WHERE name = :name").Bind(":name", name).Run();
  DropContent(database, *definition);
  transaction.Commit();
  Ring(store);
  return true;
}

std::optional<Submission> SubmitSlot(Store& store, ScheduleId schedule, TimePoint slot,
                                     const NewRun& run, TimePoint now) {
  if (run.foreground) store.RegisterWorker();
  Database& database = store.impl().database;
  WriteTransaction transaction(database);
  if (!IsActive(database, schedule) || !TakeSlot(database, schedule, slot)) return std::nullopt;
  std::optional<NewRun> only = run;
  const Submission submission = InsertRuns(
                                    store, [&] { return std::exchange(only, std::nullopt); }, now)
                                    .front();
  database
      .Prepare(R"sql(
        UPDATE schedule_slot SET run_id = :run WHERE schedule_id = :schedule AND slot = :slot
      )sql")
      .Bind(":run", submission.run.value)
      .Bind(":schedule", schedule.value)
      .Bind(":slot", ToMillis(slot))
      .Run();
  transaction.Commit();
  Ring(store);
  return submission;
}

}  // namespace cellar
