// One run: where its time went, and each cell with what it put out.

import { useContext, useEffect, useState } from "preact/hooks";
import { ApiError, post } from "../api";
import { InfoContext } from "../context";
import { moveFocus, useShortcuts } from "../keyboard";
import { useRun } from "../live_run";
import { Empty, Failure, Loading } from "../parts";
import { go, linkTo } from "../router";
import { NeighbourLinks, useNeighbours } from "../run/neighbours";
import { Attempts, Parameters, RunFacts } from "../run/facts";
import { CellView } from "../run/cell";
import { Gantt } from "../run/gantt";
import { useTitle } from "../title";
import { StateMark } from "../state_mark";
import type { Run, RunDocument } from "../types";

export function showCell(index: number): void {
  const cell = document.getElementById(`cell-${index}`);
  cell?.focus({ preventScroll: true });
  cell?.scrollIntoView({ block: "start" });
}

export function RunView({ run, attempt }: { run: string; attempt: number | null }) {
  const live = useRun(run, attempt);
  const value = live.document;
  useTitle(value ? `${value.run.job} ${value.run.id}: ${value.run.state}` : `Run ${run}`);
  return (
    <>
      {live.error && <Failure error={live.error} onRetry={live.reload} />}
      {!value && !live.error && <Loading />}
      {value && <RunPage value={value} isConnected={live.isConnected} reload={live.reload} />}
    </>
  );
}

function RunPage({ value, isConnected, reload }: { value: RunDocument; isConnected: boolean; reload: () => void }) {
  const { run } = value;
  const [showsSource, setShowsSource] = useState(true);
  const failed = value.cells.find((cell) => cell.state === "failed" || cell.state === "unknown");
  const near = useNeighbours(run);
  useShortcuts({
    j: () => moveFocus(".cell", 1),
    k: () => moveFocus(".cell", -1),
    f: () => failed && showCell(failed.index),
    s: () => setShowsSource((old) => !old),
    c: () => near.before && go(linkTo.compare(near.before.id, run.id)),
    "[": () => near.before && go(linkTo.run(near.before.id)),
    "]": () => near.next && go(linkTo.run(near.next.id)),
    u: () => go(linkTo.job(run.job)),
  });
  return (
    <div class="run-page">
      <header class="page-head">
        <div class="crumbs">
          <p><a href="#/runs">Runs</a> <span aria-hidden="true">/</span> <a href={linkTo.job(run.job)}>{run.job}</a></p>
          <NeighbourLinks run={run} near={near} />
        </div>
        <div class="page-title">
          <h1>Run {run.id}</h1>
          <StateMark state={run.state} reason={run.reason} />
          {value.attempts.length > 1 && <span class="hint">attempt {value.attempt} of {value.attempts.length}</span>}
          {!run.finished_at && <LiveNote isConnected={isConnected} />}
          <Actions value={value} reload={reload} />
        </div>
        {run.message && <RunMessage run={run} onFailed={failed && (() => showCell(failed.index))} />}
        {value.details.queue && <p class="notice">Number {value.details.queue.position} in the queue: {value.details.queue.text}</p>}
        {value.details.cancel_request && !run.finished_at && <p class="notice">Its end was asked for; the worker is ending it.</p>}
        <RunFacts document={value} />
      </header>
      <div class="run-columns">
        <div class="run-side">
          <Gantt document={value} onCell={showCell} />
          <Parameters values={run.parameters} />
          <Attempts document={value} />
        </div>
        <section class="cells" aria-labelledby="cells-title">
          <header class="cells-head">
            <h2 id="cells-title">Cells</h2>
            <button class="quiet" aria-pressed={showsSource} onClick={() => setShowsSource(!showsSource)}>Sources</button>
          </header>
          {value.cells.length === 0 && <NoCells run={run} />}
          {value.cells.map((cell) => (
            <CellView key={`${value.attempt}-${showsSource}-${cell.index}`} cell={cell} run={run.id} attempt={value.attempt} kernelspec={run.kernelspec} showsSource={showsSource} />
          ))}
        </section>
      </div>
    </div>
  );
}

function RunMessage({ run, onFailed }: { run: Run; onFailed?: (() => void) | undefined }) {
  return (
    <p class={`run-message message-${run.state}`}>
      <span>{run.message}</span>
      {onFailed && <button class="quiet" onClick={onFailed}>To the cell</button>}
    </p>
  );
}

function NoCells({ run }: { run: Run }) {
  if (run.state !== "queued") return <Empty title="No cell of this run began" />;
  return (
    <Empty title="This run waits for a worker">
      <p>Its cells appear here when it begins. <a href="#/queue">What waits, and why</a></p>
    </Empty>
  );
}

function LiveNote({ isConnected }: { isConnected: boolean }) {
  return (
    <span class={isConnected ? "live" : "live live-lost"} role="status">
      {isConnected ? "live" : "the server does not answer; trying again"}
    </span>
  );
}

function Actions({ value, reload }: { value: RunDocument; reload: () => void }) {
  const info = useContext(InfoContext);
  const [busy, setBusy] = useState("");
  const [said, setSaid] = useState("");
  useEffect(() => setSaid(""), [value.run.id, value.run.state]);
  if (!info?.actions) return null;
  const { can } = value.details;

  const act = async (action: "cancel" | "retry" | "again") => {
    setBusy(action);
    setSaid("");
    try {
      const done = await post<{ run: Run; result?: string }>(`/runs/${value.run.id}/${action}`);
      if (action === "again") go(linkTo.run(done.run.id));
      else if (action === "retry") go(linkTo.run(value.run.id));
      reload();
    } catch (error) {
      setSaid((error as ApiError).message);
    }
    setBusy("");
  };
  return (
    <div class="actions">
      {can.cancel && <button class="danger" disabled={busy !== ""} onClick={() => act("cancel")}>Cancel</button>}
      {can.retry && <button disabled={busy !== ""} onClick={() => act("retry")}>Retry</button>}
      {can.again && <button disabled={busy !== ""} onClick={() => act("again")}>Submit again</button>}
      {said && <p class="action-failure" role="alert">{said}</p>}
    </div>
  );
}
