// Durations over runs. A click, or Enter on the row of points, opens the run.

import { useContext, useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { ThemeContext } from "../context";
import { duration, time } from "../format";
import { go, linkTo } from "../router";
import { stateWord } from "../state_mark";
import type { TrendRun } from "../types";

const kHeight = 240;

function colour(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

function columns(runs: TrendRun[]): uPlot.AlignedData {
  const seconds = (states: string[]) => runs.map((run) => (states.includes(run.state) && run.duration_ms !== null ? run.duration_ms / 1000 : null));
  return [runs.map((_, at) => at), seconds(["succeeded"]), seconds(["failed"]), seconds(["cancelled"])];
}

/// A cross for failed, so that the colour is not all there is.
function crosses(u: uPlot, series: number, from: number, to: number): boolean {
  const { ctx } = u;
  const size = 4 * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = series === 2 ? colour("--failed") : colour("--cancelled");
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  for (let at = from; at <= to; at++) {
    const y = u.data[series]![at];
    if (y === null || y === undefined) continue;
    const left = u.valToPos(at, "x", true);
    const top = u.valToPos(y, "y", true);
    ctx.moveTo(left - size, series === 2 ? top - size : top);
    ctx.lineTo(left + size, series === 2 ? top + size : top);
    if (series === 2) {
      ctx.moveTo(left - size, top + size);
      ctx.lineTo(left + size, top - size);
    }
  }
  ctx.stroke();
  ctx.restore();
  return false;
}

function optionsFor(runs: () => TrendRun[], width: number, onAt: (at: number | null) => void): uPlot.Options {
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "12px system-ui, sans-serif" };
  const marks = { show: crosses as uPlot.Series.Points.Show };
  return {
    width,
    height: kHeight,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
    scales: { x: { time: false, range: (_, min, max) => [min - 0.5, max + 0.5] }, y: { range: (_, __, max) => [0, Math.max(max * 1.08, 0.001)] } },
    axes: [
      { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500], values: (_, splits) => splits.map((at) => (Number.isInteger(at) && runs()[at] ? String(runs()[at]!.id) : "")) },
      { ...axis, size: 64, values: (_, splits) => splits.map((seconds) => duration(seconds * 1000)) },
    ],
    series: [
      {},
      { stroke: colour("--accent"), width: 1.5, spanGaps: true, points: { show: runs().length < 250, size: 5, fill: colour("--accent") } },
      { stroke: colour("--failed"), paths: () => null, points: marks },
      { stroke: colour("--cancelled"), paths: () => null, points: marks },
    ],
    hooks: { setCursor: [(u) => onAt(u.cursor.idx ?? null)] },
  };
}

export function DurationChart({ runs }: { runs: TrendRun[] }) {
  const theme = useContext(ThemeContext);
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef(runs);
  const [at, setAt] = useState<number | null>(null);
  shown.current = runs;

  useEffect(() => {
    const element = box.current!;
    const made = new uPlot(optionsFor(() => shown.current, element.clientWidth, setAt), columns(shown.current), element);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: kHeight }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
    };
  }, [theme]);
  useEffect(() => plot.current?.setData(columns(runs)), [runs]);

  const run = at === null ? undefined : runs[at];
  const step = (by: number) => setAt(Math.min(runs.length - 1, Math.max(0, (at ?? runs.length) + by)));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (event.key === "Enter" && run) go(linkTo.run(run.id));
    else return;
    event.preventDefault();
  };
  const failed = runs.filter((one) => one.state === "failed").length;
  return (
    <div class="chart">
      <div
        ref={box}
        class="chart-box"
        tabIndex={0}
        role="application"
        aria-label={`Durations of ${runs.length} runs, ${failed} of them failed. Left and right choose a run, Enter opens it.`}
        onKeyDown={onKeyDown}
        onClick={() => run && go(linkTo.run(run.id))}
      />
      <p class="chart-words" aria-live="polite">
        {run ? (
          <>
            <a href={linkTo.run(run.id)}>run {run.id}</a> {stateWord(run.state)}{run.reason && ` (${run.reason})`}, {duration(run.duration_ms)}, {time(run.submitted_at, false)}
          </>
        ) : (
          <span class="chart-key"><span class="key-line" /> succeeded <span class="key-cross">✕</span> failed <span class="key-dash">–</span> cancelled</span>
        )}
      </p>
    </div>
  );
}
