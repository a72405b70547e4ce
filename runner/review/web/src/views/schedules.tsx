// What is submitted by the clock.

import { useAnswer } from "../answer";
import { duration, fromNow, time } from "../format";
import { Answered, Empty, Shell } from "../parts";
import { linkTo } from "../router";
import { StateMark } from "../state_mark";
import { useTitle } from "../title";
import type { Schedule, Schedules } from "../types";

export function SchedulesView() {
  useTitle("Schedules");
  const answer = useAnswer<Schedules>("/schedules", {}, 10_000);
  return (
    <div class="schedules-page">
      <header class="runs-head"><h1>Schedules</h1></header>
      <Answered answer={answer}>{(value) => (value.schedules.length ? <Table schedules={value.schedules} /> : <NoSchedules />)}</Answered>
    </div>
  );
}

function NoSchedules() {
  return (
    <Empty title="Nothing is submitted by the clock">
      <p>A job file with a [schedule] is, by a worker that serves it:</p>
      <Shell lines={'[schedule]\ncron     = "30 2 * * *"\ntimezone = "Europe/Berlin"'} />
    </Empty>
  );
}

function Table({ schedules }: { schedules: Schedule[] }) {
  return (
    <div class="panel table-scroll" tabIndex={0} role="group" aria-label="schedules">
      <table class="value-table">
        <thead><tr><th scope="col">Job</th><th scope="col">When</th><th scope="col">Next</th><th scope="col">Last</th></tr></thead>
        <tbody>
          {schedules.map((one) => (
            <tr key={one.name}>
              <th scope="row"><a href={linkTo.job(one.job)}>{one.job}</a>{one.name !== one.job && <span class="hint"> {one.name}</span>}<p class="path hint">{one.job_file}</p></th>
              <td><code>{one.cron}</code> <span class="hint">{one.timezone}{one.jitter_ms > 0 && `, up to ${duration(one.jitter_ms)} later`}</span></td>
              <td>{one.paused ? <span class="tag">paused</span> : one.next_at ? <time dateTime={one.next_at} title={time(one.next_at)}>{fromNow(one.next_at)}</time> : "never again"}</td>
              <td>{one.last ? <Last last={one.last} /> : <span class="hint">not yet</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Last({ last }: { last: NonNullable<Schedule["last"]> }) {
  return (
    <>
      {last.state && <StateMark state={last.state} reason={last.reason} />}{" "}
      {last.run !== null ? <a href={linkTo.run(last.run)}>run {last.run}</a> : <span class="hint">no run</span>} <span class="hint">{fromNow(last.at)}</span>
    </>
  );
}
