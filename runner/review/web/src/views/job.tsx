// One job over its runs: how long it takes, where, and since when it fails.

import { useState } from "preact/hooks";
import { useAnswer } from "../answer";
import { DurationChart } from "../charts/duration_chart";
import { Spark } from "../charts/spark";
import { counted, duration, fromNow, ratio, time } from "../format";
import { useShortcuts } from "../keyboard";
import { Answered, Empty, Shell } from "../parts";
import { go, linkTo } from "../router";
import { StateMark } from "../state_mark";
import { useTitle } from "../title";
import type { JobTrend, TrendCell, TrendRun } from "../types";

export function JobView({ job }: { job: string }) {
  useTitle(job);
  const [limit, setLimit] = useState(200);
  const answer = useAnswer<JobTrend>(`/jobs/${encodeURIComponent(job)}`, { limit }, 10_000);
  return (
    <Answered answer={answer}>
      {(trend) => (trend.runs.length === 0 ? <NoRuns job={job} /> : <JobPage trend={trend} limit={limit} onLimit={setLimit} />)}
    </Answered>
  );
}

function NoRuns({ job }: { job: string }) {
  return (
    <Empty title={`No runs of ${job}`}>
      <Shell lines={`cellar runs --job ${job}`} />
    </Empty>
  );
}

function JobPage({ trend, limit, onLimit }: { trend: JobTrend; limit: number; onLimit: (limit: number) => void }) {
  const last = trend.runs.at(-1)!;
  useShortcuts({ l: () => go(linkTo.run(last.id)) });
  return (
    <div class="job-page">
      <header class="page-head">
        <div class="crumbs"><p><a href="#/runs">Runs</a> <span aria-hidden="true">/</span> job</p></div>
        <div class="page-title">
          <h1>{trend.job}</h1>
          <StateMark state={last.state} reason={last.reason} />
          <a href={linkTo.run(last.id)}>run {last.id}, {fromNow(last.submitted_at)}</a>
        </div>
        <FirstBad trend={trend} />
        <JobFacts trend={trend} />
      </header>
      <section class="panel" aria-labelledby="durations-title">
        <header class="panel-head">
          <h2 id="durations-title">Duration of the last {counted(trend.runs.length, "run")}</h2>
          {trend.total > trend.runs.length && limit < 1000 && <button class="quiet" onClick={() => onLimit(1000)}>Show {Math.min(1000, trend.total)}</button>}
        </header>
        <DurationChart runs={trend.runs} />
      </section>
      <CellTrends trend={trend} />
      <LatestRuns runs={trend.runs} job={trend.job} />
    </div>
  );
}

function FirstBad({ trend }: { trend: JobTrend }) {
  const bad = trend.first_bad;
  if (!bad) return null;
  const run = trend.runs.find((one) => one.id === bad.run);
  return (
    <p class="run-message message-failed">
      <span>
        Failing since <a href={linkTo.run(bad.run)}>run {bad.run}</a>
        {run && ` (${fromNow(run.submitted_at)}${run.message ? `: ${run.message}` : ""})`}, {counted(bad.bad_runs, "run")}.{" "}
        {bad.last_good === null ? "It never succeeded." : <>The last good one was <a href={linkTo.run(bad.last_good)}>run {bad.last_good}</a>.</>}
      </span>
      {bad.last_good !== null && <a href={linkTo.compare(bad.last_good, bad.run)}>Compare the two</a>}
    </p>
  );
}

/// As `cellar stats` has them: the middle one, or the mean of the two in the middle.
function median(sorted: number[]): number | null {
  if (!sorted.length) return null;
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/// As long or shorter are 95 %.
function p95(sorted: number[]): number | null {
  return sorted[Math.max(0, Math.ceil(0.95 * sorted.length - 1e-9) - 1)] ?? null;
}

function JobFacts({ trend }: { trend: JobTrend }) {
  const good = trend.runs.flatMap((run) => (run.state === "succeeded" && run.duration_ms !== null ? [run.duration_ms] : [])).sort((a, b) => a - b);
  const ended = trend.runs.filter((run) => run.duration_ms !== null);
  const failed = trend.runs.filter((run) => run.state === "failed").length;
  return (
    <dl class="facts">
      <div class="fact"><dt>runs in all</dt><dd>{trend.total.toLocaleString("en")}</dd></div>
      <div class="fact"><dt>median</dt><dd>{duration(median(good))}</dd></div>
      <div class="fact"><dt>95 %</dt><dd>{duration(p95(good))}</dd></div>
      <div class="fact"><dt>failed</dt><dd>{failed} of {trend.runs.length}<span class="hint"> {ended.length ? `${Math.round((100 * failed) / trend.runs.length)} %` : ""}</span></dd></div>
      <div class="fact"><dt>since</dt><dd>{time(trend.runs[0]!.submitted_at, false)}</dd></div>
    </dl>
  );
}

function CellTrends({ trend }: { trend: JobTrend }) {
  if (!trend.cells.length) return null;
  return (
    <section class="panel" aria-labelledby="trends-title">
      <h2 id="trends-title">Cell by cell</h2>
      <div class="table-scroll" tabIndex={0} role="group" aria-label="cell by cell">
        <table class="trend-table">
          <thead>
            <tr><th scope="col">Cell</th><th scope="col">Trend</th><th scope="col" class="number">Median</th><th scope="col" class="number">95 %</th><th scope="col" class="number">Last</th><th scope="col" class="number">Failed</th></tr>
          </thead>
          <tbody>{trend.cells.map((cell) => <CellTrendRow key={cell.index} cell={cell} runs={trend.runs} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function CellTrendRow({ cell, runs }: { cell: TrendCell; runs: TrendRun[] }) {
  const at = cell.durations_ms.findLastIndex((ms) => ms !== null);
  const last = at < 0 ? null : cell.durations_ms[at]!;
  const times = last !== null && cell.median_ms && cell.count > 4 ? last / cell.median_ms : 1;
  return (
    <tr>
      <th scope="row"><span class="cell-index">[{cell.index}]</span> {cell.name !== `[${cell.index}]` && cell.name}</th>
      <td><Spark values={cell.durations_ms} label={`durations of ${cell.name}`} /></td>
      <td class="number">{duration(cell.median_ms)}</td>
      <td class="number">{duration(cell.p95_ms)}</td>
      <td class="number">
        {at >= 0 ? <a href={linkTo.run(runs[at]!.id)}>{duration(last)}</a> : "–"}
        {(times > 1.5 || times < 0.67) && <span class={times > 1 ? "slower" : "faster"}> {ratio(times)}</span>}
      </td>
      <td class="number">{cell.failures > 0 ? <span class="bad">{cell.failures} of {cell.count}</span> : "–"}</td>
    </tr>
  );
}

function LatestRuns({ runs, job }: { runs: TrendRun[]; job: string }) {
  const latest = [...runs].reverse().slice(0, 15);
  return (
    <section class="panel" aria-labelledby="latest-title">
      <header class="panel-head">
        <h2 id="latest-title">Latest runs</h2>
        <a href={linkTo.runs({ job })}>All of them</a>
      </header>
      <ul class="latest">
        {latest.map((run, at) => (
          <li key={run.id}>
            <a class="run-link" href={linkTo.run(run.id)}>{run.id}</a>
            <StateMark state={run.state} reason={run.reason} />
            <span class="number">{duration(run.duration_ms)}</span>
            <time dateTime={run.submitted_at} title={time(run.submitted_at)}>{fromNow(run.submitted_at)}</time>
            {latest[at + 1] && <a href={linkTo.compare(latest[at + 1]!.id, run.id)}>compare with {latest[at + 1]!.id}</a>}
            {run.message && <span class="message">{run.message}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
