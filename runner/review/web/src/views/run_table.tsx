// Runs as rows; on a narrow screen each row is a card.

import { duration, fromNow, time, value } from "../format";
import { linkTo } from "../router";
import { StateMark } from "../state_mark";
import type { Run } from "../types";

const kColumns: { sort?: string; label: string; class: string }[] = [
  { sort: "id", label: "Run", class: "col-id" },
  { label: "State", class: "col-state" },
  { sort: "job", label: "Job", class: "col-job" },
  { label: "Submitted", class: "col-time" },
  { sort: "duration", label: "Took", class: "col-took" },
  { label: "Message and parameters", class: "col-message" },
];

interface Props {
  runs: Run[];
  sort?: string;
  onSort?: (sort: string) => void;
  onFilter?: (changes: { [name: string]: string }) => void;
}

export function RunTable({ runs, sort, onSort, onFilter }: Props) {
  const longest = Math.max(1, ...runs.map((run) => run.duration_ms ?? 0));
  return (
    <table class="run-table">
      <thead>
        <tr>
          {kColumns.map((column) => (
            <th key={column.label} scope="col" class={column.class} aria-sort={sortedAs(column.sort, sort)}>
              {column.sort && onSort ? (
                <button class="sort" onClick={() => onSort(sort === `-${column.sort}` ? column.sort! : `-${column.sort}`)}>
                  {column.label}
                  <span class="arrow" aria-hidden="true">{sort === column.sort ? "▲" : sort === `-${column.sort}` ? "▼" : ""}</span>
                </button>
              ) : (
                column.label
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => <Row key={run.id} run={run} longest={longest} onFilter={onFilter} />)}
      </tbody>
    </table>
  );
}

function sortedAs(column: string | undefined, sort: string | undefined): "ascending" | "descending" | undefined {
  if (!column) return undefined;
  return sort === column ? "ascending" : sort === `-${column}` ? "descending" : undefined;
}

function Row({ run, longest, onFilter }: { run: Run; longest: number; onFilter?: Props["onFilter"] }) {
  const share = run.duration_ms === null ? 0 : Math.max(1, (100 * run.duration_ms) / longest);
  return (
    <tr class={`row-${run.state}`}>
      <th scope="row" class="col-id"><a class="run-link" href={linkTo.run(run.id)}>{run.id}</a></th>
      <td class="col-state"><StateMark state={run.state} reason={run.reason} /></td>
      <td class="col-job"><a href={linkTo.job(run.job)}>{run.job}</a></td>
      <td class="col-time"><time dateTime={run.submitted_at} title={time(run.submitted_at)}>{fromNow(run.submitted_at)}</time></td>
      <td class="col-took">
        <span class="took">{duration(run.duration_ms)}</span>
        <span class="took-track" aria-hidden="true"><span class={`took-bar bar-${run.state}`} style={{ width: `${share}%` }} /></span>
      </td>
      <td class="col-message">
        {run.message && <span class="message">{run.message}</span>}
        <span class="row-extras">
          <RunParameters run={run} />
          {run.tags.map((tag) =>
            onFilter ? <button key={tag} class="tag" onClick={() => onFilter({ tag })}>{tag}</button> : <span key={tag} class="tag">{tag}</span>,
          )}
        </span>
      </td>
    </tr>
  );
}

function RunParameters({ run }: { run: Run }) {
  const words = Object.entries(run.parameters).map(([name, json]) => `${name}=${value(json)}`);
  if (!words.length) return null;
  return <span class="run-parameters" title={words.join("\n")}>{words.join("  ")}</span>;
}
