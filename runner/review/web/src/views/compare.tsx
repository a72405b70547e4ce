// Two runs side by side, cell by cell.

import { useMemo, useState } from "preact/hooks";
import { useAnswer } from "../answer";
import { cellName, duration, fromNow, ratio, value } from "../format";
import { moveFocus, useShortcuts } from "../keyboard";
import { OutputView } from "../outputs/output";
import { Answered, Empty } from "../parts";
import { go, linkTo } from "../router";
import { failingLine } from "../run/failing_line";
import { changedLines } from "../run/line_diff";
import { Source } from "../run/source";
import { Sign, StateMark } from "../state_mark";
import { useTitle } from "../title";
import type { Cell, ComparedCell, Comparison, Run } from "../types";

export function CompareView({ a, b }: { a: string; b: string }) {
  useTitle(`Runs ${a} and ${b}`);
  const answer = useAnswer<Comparison>("/compare", { a, b });
  return <Answered answer={answer}>{(comparison) => <ComparePage comparison={comparison} />}</Answered>;
}

const isSame = (pair: ComparedCell) => pair.same_source && pair.same_state && pair.same_outputs;

function ComparePage({ comparison }: { comparison: Comparison }) {
  const { a, b, cells } = comparison;
  const [onlyChanged, setOnlyChanged] = useState(false);
  const differing = cells.filter((pair) => !isSame(pair)).length;
  const shown = onlyChanged ? cells.filter((pair) => !isSame(pair)) : cells;
  useShortcuts({
    j: () => moveFocus(".pair", 1),
    k: () => moveFocus(".pair", -1),
    d: () => setOnlyChanged((old) => !old),
    x: () => go(linkTo.compare(b.id, a.id)),
  });
  return (
    <div class="compare-page">
      <header class="page-head">
        <div class="crumbs"><p><a href="#/runs">Runs</a> <span aria-hidden="true">/</span> <a href={linkTo.job(b.job)}>{b.job}</a> <span aria-hidden="true">/</span> compare</p></div>
        <div class="page-title">
          <h1>Runs {a.id} and {b.id}</h1>
          <span class="hint">{differing === 0 ? "all cells are the same" : `${differing} of ${cells.length} cells differ`}</span>
          <button class="quiet" aria-pressed={onlyChanged} onClick={() => setOnlyChanged(!onlyChanged)}>Only differences</button>
          <a href={linkTo.compare(b.id, a.id)}>Swap</a>
        </div>
      </header>
      <div class="pair-columns heads">
        <RunCard run={a} />
        <RunCard run={b} other={a} />
      </div>
      <ParameterTable comparison={comparison} onlyChanged={onlyChanged} />
      {shown.length === 0 && <Empty title={cells.length ? "No cell differs" : "Neither run has cells"} />}
      {shown.map((pair) => <Pair key={`${pair.a?.index}-${pair.b?.index}`} pair={pair} a={a} b={b} />)}
    </div>
  );
}

function RunCard({ run, other }: { run: Run; other?: Run }) {
  const times = run.duration_ms && other?.duration_ms ? run.duration_ms / other.duration_ms : null;
  return (
    <section class="run-card" aria-label={`run ${run.id}`}>
      <h2><a href={linkTo.run(run.id)}>Run {run.id}</a> <StateMark state={run.state} reason={run.reason} /></h2>
      <p class="hint">{other && other.job !== run.job ? `${run.job}, ` : ""}{fromNow(run.submitted_at)}, took {duration(run.duration_ms)}{times && (times > 1.1 || times < 0.9) ? `, ${ratio(times)}` : ""}</p>
      {run.message && <p class="message">{run.message}</p>}
    </section>
  );
}

function ParameterTable({ comparison, onlyChanged }: { comparison: Comparison; onlyChanged: boolean }) {
  const shown = comparison.parameters.filter((one) => !onlyChanged || !one.same);
  if (!shown.length) return null;
  return (
    <section class="panel" aria-labelledby="parameters-title">
      <h2 id="parameters-title">Parameters</h2>
      <div class="table-scroll" tabIndex={0} role="group" aria-label="parameters">
        <table class="value-table">
          <thead><tr><th scope="col">Name</th><th scope="col">Run {comparison.a.id}</th><th scope="col">Run {comparison.b.id}</th></tr></thead>
          <tbody>
            {shown.map((one) => (
              <tr key={one.name} class={one.same ? "" : "differs"}>
                <th scope="row">{one.name}{!one.same && <span class="mark"> differs</span>}</th>
                <td>{"a" in one ? value(one.a) : <span class="hint">none</span>}</td>
                <td>{"b" in one ? value(one.b) : <span class="hint">none</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Pair({ pair, a, b }: { pair: ComparedCell; a: Run; b: Run }) {
  const cell = (pair.b ?? pair.a)!;
  const [isOpen, setIsOpen] = useState(!isSame(pair));
  const changed = useMemo(() => changedLines(pair.a?.source ?? "", pair.b?.source ?? ""), [pair]);
  const marks = [!pair.same_source && "source", !pair.same_state && "state", !pair.same_outputs && "outputs"].filter(Boolean);
  const times = pair.duration_ratio;
  const showsSource = !pair.same_source || pair.a?.state === "failed" || pair.b?.state === "failed";
  return (
    <section class={isSame(pair) ? "pair same" : "pair"} tabIndex={-1} aria-labelledby={`pair-${cell.index}`}>
      <header class="cell-head">
        <span class="cell-index">[{cell.index}]</span>
        <h3 id={`pair-${cell.index}`} class="ellipsis">{cellName(cell)}</h3>
        <span class="pair-states">
          {pair.a ? <Sign state={pair.a.state} /> : "none"} <span class="cell-time">{duration(pair.a?.duration_ms)}</span>
          <span aria-hidden="true">→</span>
          {pair.b ? <Sign state={pair.b.state} /> : "none"} <span class="cell-time">{duration(pair.b?.duration_ms)}</span>
          {times !== null && (times > 1.2 || times < 0.83) && <span class={times > 1 ? "slower" : "faster"}>{ratio(times)}</span>}
        </span>
        <span class="pair-marks">{marks.length ? marks.map((mark) => <span key={String(mark)} class="mark">{mark} differ{mark === "outputs" ? "" : "s"}</span>) : <span class="hint">same</span>}</span>
        <button class="quiet" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>{isOpen ? "Hide" : "Show"}</button>
      </header>
      {isOpen && (
        <div class="pair-columns">
          <Side cell={pair.a} run={a} changed={changed.a} showsSource={showsSource} />
          <Side cell={pair.b} run={b} changed={changed.b} showsSource={showsSource} />
        </div>
      )}
    </section>
  );
}

function Side({ cell, run, changed, showsSource }: { cell: Cell | null; run: Run; changed: Set<number>; showsSource: boolean }) {
  if (!cell) return <div class="side"><p class="hint">Run {run.id} has no such cell.</p></div>;
  const place = { run: run.id, attempt: run.attempt, cell: cell.index, isLive: false };
  return (
    <div class="side" role="group" aria-label={`run ${run.id}`}>
      {showsSource && (
        <Source source={cell.source} kernelspec={run.kernelspec} changed={changed} failedAt={failingLine(cell)} label={`source in run ${run.id}`} />
      )}
      {cell.message && !cell.outputs.some((output) => output.output_type === "error") && <p class="cell-message">{cell.message}</p>}
      {cell.outputs.length ? (
        <div class="outputs">{cell.outputs.map((output) => !output.deferred && <OutputView key={output.number} output={output} place={place} />)}</div>
      ) : (
        <p class="hint">no output</p>
      )}
      {cell.outputs.some((output) => output.deferred) && <p class="hint"><a href={linkTo.run(run.id)}>More of its outputs are on the run's own page</a></p>}
    </div>
  );
}
