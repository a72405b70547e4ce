// Each job with its last 30 runs, oldest left: a night at a glance.

import { useState } from "preact/hooks";
import { useAnswer } from "../answer";
import { counted, duration, time } from "../format";
import { Failure } from "../parts";
import { linkTo } from "../router";
import { stateWord } from "../state_mark";
import type { BriefRun, JobBrief, Jobs } from "../types";

const kColumns = 30;

export function JobGrid({ chosen, onChoose }: { chosen: string; onChoose: (job: string) => void }) {
  const [text, setText] = useState("");
  const [limit, setLimit] = useState(40);
  const answer = useAnswer<Jobs>("/jobs", { limit, text }, 5000);
  const jobs = answer.value?.jobs ?? [];
  if (answer.error) return <section class="job-grid"><Failure error={answer.error} onRetry={answer.reload} /></section>;
  if (answer.value && !jobs.length && !text) return null;
  return (
    <section class="job-grid" aria-labelledby="jobs-title">
      <header>
        <h2 id="jobs-title">Jobs</h2>
        {(jobs.length > 8 || text) && (
          <input type="search" aria-label="Find a job" placeholder="Find a job" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        )}
      </header>
      <ul>
        {jobs.map((job) => <JobRow key={job.name} job={job} isChosen={job.name === chosen} onChoose={onChoose} />)}
      </ul>
      {answer.value && !jobs.length && <p class="hint">No job's name holds “{text}”.</p>}
      {answer.value?.next && <button class="quiet" onClick={() => setLimit(Math.min(500, limit * 4))}>More jobs</button>}
    </section>
  );
}

function JobRow({ job, isChosen, onChoose }: { job: JobBrief; isChosen: boolean; onChoose: (job: string) => void }) {
  const failed = job.last.filter((run) => run.state === "failed").length;
  return (
    <li class={isChosen ? "job-row chosen" : "job-row"}>
      <div class="job-words">
        <a class="ellipsis" href={linkTo.job(job.name)} title={job.name}>{job.name}</a>
        <button class="quiet" aria-pressed={isChosen} onClick={() => onChoose(isChosen ? "" : job.name)} title={isChosen ? "Show all runs" : "Only this job's runs"}>
          {counted(job.runs, "run")}
        </button>
        <span class="hint" title="median of the succeeded among the last 30">{duration(job.median_ms)}</span>
      </div>
      <Squares runs={job.last} label={`${job.name}: ${failed} of the last ${job.last.length} failed`} />
    </li>
  );
}

export function Squares({ runs, label }: { runs: BriefRun[]; label: string }) {
  const oldestFirst = [...runs].reverse();
  return (
    <div class="squares" role="group" aria-label={label}>
      {Array.from({ length: Math.max(0, kColumns - oldestFirst.length) }, (_, at) => <span key={at} class="square none" aria-hidden="true" />)}
      {oldestFirst.map((run, at) => (
        <a
          key={run.id}
          class={`square square-${run.state}`}
          href={linkTo.run(run.id)}
          tabIndex={at === oldestFirst.length - 1 ? 0 : -1}
          onKeyDown={alongTheRow}
          aria-label={describe(run)}
          title={describe(run)}
        />
      ))}
    </div>
  );
}

const describe = (run: BriefRun) =>
  `run ${run.id}: ${stateWord(run.state)}${run.reason ? ` (${run.reason})` : ""}, ${duration(run.duration_ms)}, ${time(run.submitted_at, false)}`;

/// One stop of the Tab key a row; the arrows go along it.
function alongTheRow(event: KeyboardEvent): void {
  const step = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key] as
    | "previousElementSibling"
    | "nextElementSibling"
    | undefined;
  const next = step && (event.currentTarget as HTMLElement)[step];
  if (!(next instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  next.focus();
}
