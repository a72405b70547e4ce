// What waits and why, what runs, and who works.

import { useAnswer } from "../answer";
import { counted, fromNow, time } from "../format";
import { moveFocus, useShortcuts } from "../keyboard";
import { Answered, Empty, Shell } from "../parts";
import { linkTo } from "../router";
import { useTitle } from "../title";
import type { Queue, QueuePlace, Run } from "../types";
import { RunTable } from "./run_table";

export function QueueView() {
  useTitle("Queue");
  const answer = useAnswer<Queue>("/queue", {}, 2000);
  useShortcuts({ j: () => moveFocus(".run-link", 1), k: () => moveFocus(".run-link", -1) });
  return (
    <div class="queue-page">
      <header class="runs-head">
        <h1>Queue</h1>
        <p class="hint" role="status">{answer.value && `${counted(answer.value.total_queued, "run")} waiting, ${answer.value.running.length} running`}</p>
      </header>
      <Answered answer={answer}>
        {(queue) => (
          <>
            <Workers queue={queue} />
            <section class="panel" aria-labelledby="waiting-title">
              <h2 id="waiting-title">Waiting</h2>
              {queue.queued.length ? <Waiting queue={queue} /> : <NothingWaits />}
            </section>
            <section class="panel" aria-labelledby="running-title">
              <h2 id="running-title">Running</h2>
              {queue.running.length ? <RunTable runs={queue.running} /> : <p class="hint">Nothing runs at the moment.</p>}
            </section>
          </>
        )}
      </Answered>
    </div>
  );
}

function Workers({ queue }: { queue: Queue }) {
  if (!queue.workers.length) {
    if (!queue.queued.length) return null;
    return (
      <div class="notice" role="status">
        <p>Runs wait, and no worker lives that would take them. Start one:</p>
        <Shell lines="cellar work" />
      </div>
    );
  }
  return (
    <ul class="workers" aria-label="workers">
      {queue.workers.map((worker) => (
        <li key={worker.worker}><strong>cellar {worker.kind}</strong> <span class="hint">{worker.worker}</span> {counted(worker.running, "run")}</li>
      ))}
    </ul>
  );
}

function NothingWaits() {
  return (
    <Empty title="Nothing waits">
      <Shell lines="cellar submit job.toml" />
    </Empty>
  );
}

function Waiting({ queue }: { queue: Queue }) {
  return (
    <>
      <ol class="waiting">
        {queue.queued.map(({ run, place }) => (
          <li key={run.id}>
            <span class="position">{place.position}</span>
            <a class="run-link" href={linkTo.run(run.id)}>{run.id}</a>
            <a href={linkTo.job(run.job)}>{run.job}</a>
            <Why run={run} place={place} />
            <time class="hint" dateTime={run.submitted_at} title={time(run.submitted_at)}>{fromNow(run.submitted_at)}</time>
          </li>
        ))}
      </ol>
      {queue.total_queued > queue.queued.length && <p class="hint">and {counted(queue.total_queued - queue.queued.length, "more run")}</p>}
    </>
  );
}

const kWhy = { kernel: "kernel", due: "due time", run: "another run", concurrency: "concurrency" };

function Why({ place }: { run: Run; place: QueuePlace }) {
  return (
    <span class="why">
      <span class={`tag why-${place.reason}`}>{kWhy[place.reason]}</span> {place.text}
      {place.run !== null && <> <a href={linkTo.run(place.run)}>run {place.run}</a></>}
      {place.until && <span class="hint"> {fromNow(place.until)}</span>}
    </span>
  );
}
