// What is known of a run beside its cells.

import type { ComponentChildren } from "preact";
import { duration, fromNow, time, value } from "../format";
import { linkTo } from "../router";
import { StateMark } from "../state_mark";
import type { RunDocument } from "../types";
import { useNow } from "./gantt";

function Fact({ name, children, title }: { name: string; children: ComponentChildren; title?: string }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd title={title}>{children}</dd>
    </div>
  );
}

export function RunFacts({ document }: { document: RunDocument }) {
  const { run, details } = document;
  const isRunning = run.state === "running";
  const now = useNow(isRunning);
  const taken = isRunning && run.started_at ? now - Date.parse(run.started_at) : run.duration_ms;
  return (
    <dl class="facts">
      <Fact name="submitted" title={time(run.submitted_at)}>{fromNow(run.submitted_at)}<span class="hint"> {time(run.submitted_at)}</span></Fact>
      <Fact name={isRunning ? "running for" : "took"}>{duration(taken)}</Fact>
      <Fact name="queued for">{duration(run.queue_ms)}</Fact>
      <Fact name="kernel start">{duration(run.kernel_start_ms)}</Fact>
      <Fact name="kernel">{run.kernelspec || "–"}{run.gateway && <span class="hint"> on {run.gateway}</span>}</Fact>
      {details.due_at && <Fact name="due">{time(details.due_at)}</Fact>}
      {details.retry_at && <Fact name="next attempt">{fromNow(details.retry_at)}</Fact>}
      {details.priority !== 0 && <Fact name="priority">{details.priority}</Fact>}
      {details.after.length > 0 && <Fact name="after">{details.after.map((id) => <a key={id} href={linkTo.run(id)}>run {id} </a>)}</Fact>}
      {run.tags.length > 0 && <Fact name="tags">{run.tags.map((tag) => <a key={tag} class="tag" href={linkTo.runs({ tag })}>{tag}</a>)}</Fact>}
      <Fact name="job file" title={`sha256 ${run.job_sha256}`}><span class="path">{run.job_file || "–"}</span></Fact>
    </dl>
  );
}

export function Parameters({ values }: { values: RunDocument["run"]["parameters"] }) {
  const entries = Object.entries(values);
  if (!entries.length) return null;
  return (
    <section class="panel" aria-labelledby="parameters-title">
      <h2 id="parameters-title">Parameters</h2>
      <dl class="values">
        {entries.map(([name, json]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value(json)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Attempts({ document }: { document: RunDocument }) {
  if (document.attempts.length < 2 && !document.attempts[0]?.takeovers) return null;
  return (
    <section class="panel" aria-labelledby="attempts-title">
      <h2 id="attempts-title">Attempts</h2>
      <ol class="attempts">
        {document.attempts.map((attempt) => (
          <li key={attempt.number}>
            <a href={linkTo.run(document.run.id, attempt.number)} aria-current={attempt.number === document.attempt ? "true" : undefined}>
              attempt {attempt.number}
            </a>{" "}
            <StateMark state={attempt.state} reason={attempt.reason} /> <span>{duration(attempt.duration_ms)}</span>
            <span class="hint">
              {" "}on {attempt.gateway || "no gateway"}, {attempt.worker}
              {attempt.takeovers > 0 && `, taken over ${attempt.takeovers === 1 ? "once" : `${attempt.takeovers} times`}`}
            </span>
            {attempt.message && <p class="hint">{attempt.message}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}
