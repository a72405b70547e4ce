// Where a run's time went: waiting, the kernel's start, then cell by cell. Each row leads to its cell.

import { useEffect, useState } from "preact/hooks";
import { cellName, duration } from "../format";
import { Sign } from "../state_mark";
import type { Cell, RunDocument } from "../types";

interface Bar {
  key: string;
  label: string;
  state: string;
  start: number;
  length: number | null;
  href?: string;
}

/// Milliseconds from the submission, or from the claim where the wait would dwarf all else.
function barsOf(document: RunDocument, now: number): { bars: Bar[]; end: number; cutMs: number } {
  const attempt = document.attempts.find((one) => one.number === document.attempt);
  const claim = Date.parse(attempt?.started_at ?? document.run.submitted_at);
  const end = attempt ? Date.parse(attempt.finished_at ?? new Date(now).toISOString()) : now;
  const queue = attempt?.queue_ms ?? Math.max(0, now - Date.parse(document.run.submitted_at));
  const work = Math.max(1, end - claim);
  const shownQueue = attempt ? Math.min(queue, work * 0.25) : queue;
  const origin = claim - shownQueue;
  const bars: Bar[] = [{ key: "queue", label: "queue", state: "wait", start: 0, length: shownQueue }];
  if (attempt) {
    const isWaiting = attempt.kernel_start_ms === null && !attempt.finished_at;
    const length = attempt.kernel_start_ms ?? (isWaiting ? now - claim : null);
    if (length !== null) bars.push({ key: "kernel", label: "kernel start", state: "kernel", start: shownQueue, length });
  }
  for (const cell of document.cells) bars.push(barOf(cell, origin, now));
  return { bars, end: shownQueue + work, cutMs: queue - shownQueue };
}

function barOf(cell: Cell, origin: number, now: number): Bar {
  const start = cell.started_at ? Date.parse(cell.started_at) - origin : 0;
  const running = cell.state === "running" && cell.started_at ? now - Date.parse(cell.started_at) : null;
  return {
    key: String(cell.index),
    label: cellName(cell),
    state: cell.state,
    start,
    length: cell.started_at ? cell.duration_ms ?? running : null,
    href: `cell-${cell.index}`,
  };
}

export function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}

export function Gantt({ document, onCell }: { document: RunDocument; onCell: (index: number) => void }) {
  const now = useNow(document.run.finished_at === null);
  const { bars, end, cutMs } = barsOf(document, now);
  const queue = document.run.queue_ms;
  return (
    <section class="gantt" aria-labelledby="gantt-title">
      <h2 id="gantt-title">Where the time went</h2>
      <ol>
        {bars.map((bar) => (
          <li key={bar.key}>
            <GanttRow bar={bar} end={end} cutMs={bar.key === "queue" ? cutMs : 0} shown={bar.key === "queue" ? queue ?? bar.length : bar.length} onCell={onCell} />
          </li>
        ))}
      </ol>
      <p class="gantt-axis" aria-hidden="true"><span>0</span><span>{duration(end / 2)}</span><span>{duration(end)}</span></p>
    </section>
  );
}

function GanttRow({ bar, end, cutMs, shown, onCell }: {
  bar: Bar;
  end: number;
  cutMs: number;
  shown: number | null;
  onCell: (index: number) => void;
}) {
  const percent = (ms: number) => `${Math.max(0, Math.min(100, (100 * ms) / end))}%`;
  const content = (
    <>
      <span class="gantt-label">
        {bar.href ? <Sign state={bar.state} /> : <span class="sign-space" />}
        <span class="ellipsis">{bar.label}</span>
      </span>
      <span class="gantt-track" aria-hidden="true">
        {bar.length !== null && (
          <span class={`gantt-bar bar-${bar.state}${cutMs > 1 ? " bar-cut" : ""}`} style={{ left: percent(bar.start), width: percent(bar.length) }} />
        )}
      </span>
      <span class="gantt-time">{duration(shown)}</span>
    </>
  );
  if (!bar.href) return <span class="gantt-row">{content}</span>;
  return (
    <button class="gantt-row" onClick={() => onCell(Number(bar.key))} title={`to ${bar.label}`}>
      {content}
    </button>
  );
}
