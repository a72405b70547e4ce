// A cell of a run: its state, source, events and outputs.

import { memo } from "preact/compat";
import { useState } from "preact/hooks";
import { get } from "../api";
import { bytes, cellName, counted, duration, time } from "../format";
import { OutputView } from "../outputs/output";
import { StateMark } from "../state_mark";
import type { Cell, CellDocument, CellEvent } from "../types";
import { failingLine } from "./failing_line";
import { Source } from "./source";
import { useNow } from "./gantt";

interface Props {
  cell: Cell;
  run: number;
  attempt: number;
  kernelspec: string;
  showsSource: boolean;
}

export const CellView = memo(function CellView({ cell: given, run, attempt, kernelspec, showsSource }: Props) {
  const [isOpen, setIsOpen] = useState<boolean | null>(null);
  const [whole, setWhole] = useState<Cell | null>(null);
  const isCurrent = whole !== null && whole.state === given.state && whole.output_bytes === given.output_bytes;
  const cell = isCurrent ? { ...given, outputs: whole.outputs } : given;
  const deferred = cell.outputs.filter((output) => output.deferred).length;
  const isSourceShown = isOpen ?? (showsSource || cell.state === "failed");
  const place = { run, attempt, cell: cell.index, isLive: cell.state === "running" };
  const sourceId = `source-${cell.index}`;
  return (
    <article class={`cell cell-${cell.state}`} id={`cell-${cell.index}`} tabIndex={-1} aria-labelledby={`cell-name-${cell.index}`}>
      <header class="cell-head">
        <span class="cell-index">[{cell.index}]</span>
        <h3 id={`cell-name-${cell.index}`} class="ellipsis">{cellName(cell)}</h3>
        <StateMark state={cell.state} reason={cell.reason} title={cell.started_at ? `began ${time(cell.started_at)}` : undefined} />
        <CellTime cell={cell} />
        {cell.file && <span class="cell-place ellipsis" title={`${cell.file}:${cell.line}`}>{cell.file}:{cell.line}</span>}
        <button class="quiet" aria-expanded={isSourceShown} aria-controls={sourceId} onClick={() => setIsOpen(!isSourceShown)}>
          {isSourceShown ? "Hide source" : "Source"}
        </button>
      </header>
      <div id={sourceId} hidden={!isSourceShown}>
        {isSourceShown && <Source source={cell.source} kernelspec={kernelspec} failedAt={failingLine(cell)} label={`source of ${cellName(cell)}`} />}
      </div>
      {cell.message && cell.state !== "succeeded" && !hasError(cell) && <p class="cell-message">{cell.message}</p>}
      {cell.events.map((event, at) => <EventLine key={at} event={event} />)}
      {cell.outputs.length > 0 && (
        <div class="outputs">
          {cell.outputs.map((output) => !output.deferred && <OutputView key={output.number} output={output} place={place} />)}
          {deferred > 0 && <Deferred count={deferred} run={run} attempt={attempt} cell={cell.index} onWhole={setWhole} />}
        </div>
      )}
    </article>
  );
});

/// The answer was full before these outputs; they are asked for alone.
function Deferred({ count, run, attempt, cell, onWhole }: { count: number; run: number; attempt: number; cell: number; onWhole: (cell: Cell) => void }) {
  const [failure, setFailure] = useState("");
  const ask = () => get<CellDocument>(`/runs/${run}/cells/${cell}`, { attempt }).then((answer) => onWhole(answer.cell), (error) => setFailure(error.message));
  return (
    <p class="text-gap">
      {counted(count, "output")} more <button class="quiet" onClick={ask}>Show {count === 1 ? "it" : "them"}</button>
      {failure && <span role="alert">{failure}</span>}
    </p>
  );
}

const hasError = (cell: Cell) => cell.outputs.some((output) => output.output_type === "error");

function CellTime({ cell }: { cell: Cell }) {
  const isRunning = cell.state === "running" && cell.started_at !== null;
  const now = useNow(isRunning);
  const ms = isRunning ? Math.max(0, now - Date.parse(cell.started_at!)) : cell.duration_ms;
  if (ms === null) return null;
  return (
    <span class="cell-time">
      {duration(ms)}
      {cell.output_bytes > 64 * 1024 && <span class="hint"> · {bytes(cell.output_bytes)} of output</span>}
    </span>
  );
}

const kEventWords: { [kind: string]: string } = {
  outputs_lost: "Outputs lost",
  outputs_truncated: "Outputs cut",
  resumed: "Taken up again",
  late_output: "Late output",
  foreign_traffic: "Foreign traffic",
};

function EventLine({ event }: { event: CellEvent }) {
  return (
    <p class={`event event-${event.kind}`}>
      <strong>{kEventWords[event.kind] ?? event.kind}</strong> <span>{event.detail}</span> <time dateTime={event.at} title={time(event.at)}>{time(event.at).slice(11)}</time>
    </p>
  );
}
