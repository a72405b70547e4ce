// The history: each job's last runs as a grid, and a table that the server filters, sorts and pages.

import { useEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "../answer";
import { moveFocus, useShortcuts } from "../keyboard";
import { count, counted } from "../format";
import { Answered, Empty, Shell } from "../parts";
import { go } from "../router";
import { useTitle } from "../title";
import type { RunPage } from "../types";
import { JobGrid } from "./job_grid";
import { RunTable } from "./run_table";

const kStates = ["queued", "running", "succeeded", "failed", "cancelled"];
const kReasons = [
  "cell_error", "cell_timeout", "run_timeout", "stalled", "kernel_died", "kernel_unavailable", "gateway_unreachable",
  "gateway_lost", "output_limit", "interrupted", "store_full", "by_user", "overlap", "dependency",
];
const kSince: [string, string][] = [["", "any time"], ["1h", "the last hour"], ["24h", "24 hours"], ["7d", "7 days"], ["30d", "30 days"]];
const kFilters = ["job", "state", "reason", "tag", "text", "since", "sort"];

export function RunsView({ query }: { query: URLSearchParams }) {
  useTitle("Runs");
  const asked = Object.fromEntries(kFilters.map((name) => [name, query.get(name) ?? ""]));
  const cursors = query.getAll("page");
  const answer = useAnswer<RunPage>("/runs", { ...asked, cursor: cursors.at(-1), limit: 50 }, 5000);
  const isFiltered = kFilters.some((name) => name !== "sort" && asked[name]);

  const set = (changes: { [name: string]: string }) => {
    const next = new URLSearchParams();
    for (const [name, text] of Object.entries({ ...asked, ...changes })) if (text) next.set(name, text);
    go(`#/runs?${next}`);
  };
  const page = (cursor: string | null) => {
    const next = new URLSearchParams(query);
    next.delete("page");
    for (const one of cursor === null ? cursors.slice(0, -1) : [...cursors, cursor]) next.append("page", one);
    go(`#/runs?${next}`);
    scrollTo({ top: 0 });
  };
  useShortcuts({ j: () => moveFocus(".run-link", 1), k: () => moveFocus(".run-link", -1) });

  return (
    <div class="runs-page">
      <JobGrid onChoose={(job) => set({ job })} chosen={asked.job ?? ""} />
      <section class="runs-main" aria-labelledby="runs-title">
        <header class="runs-head">
          <h1 id="runs-title">Runs</h1>
          <p class="hint" role="status">{said(answer.value, isFiltered)}</p>
        </header>
        <Filters asked={asked} set={set} isFiltered={isFiltered} />
        <Answered answer={answer}>
          {(value) => (
            <>
              {value.runs.length === 0 && !value.next ? (
                isFiltered ? <NothingFound onClear={() => go("#/runs")} /> : <NoRuns />
              ) : (
                <RunTable runs={value.runs} sort={asked.sort || "-id"} onSort={(sort) => set({ sort })} onFilter={set} />
              )}
              {(value.next || cursors.length > 0) && (
                <nav class="pager" aria-label="pages">
                  <button disabled={cursors.length === 0} onClick={() => page(null)}>Newer page</button>
                  <span>page {cursors.length + 1}</span>
                  <button disabled={!value.next} onClick={() => page(value.next!)}>{value.runs.length === 0 ? "Look further" : "Next page"}</button>
                </nav>
              )}
            </>
          )}
        </Answered>
      </section>
    </div>
  );
}

function said(value: RunPage | null, isFiltered: boolean): string {
  if (!value || value.total === null) return "";
  return isFiltered ? `${count(value.total)} match` : counted(value.total, "run");
}

function Filters({ asked, set, isFiltered }: {
  asked: { [name: string]: string };
  set: (changes: { [name: string]: string }) => void;
  isFiltered: boolean;
}) {
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <TextFilter name="text" label="Find" placeholder="job, message, parameters" asked={asked.text ?? ""} set={set} isSearch />
      <TextFilter name="job" label="Job" placeholder="any" asked={asked.job ?? ""} set={set} />
      <TextFilter name="tag" label="Tag" placeholder="any" asked={asked.tag ?? ""} set={set} />
      <Choice name="state" label="State" options={[["", "any"], ...kStates.map((one): [string, string] => [one, one])]} asked={asked.state ?? ""} set={set} />
      <Choice name="reason" label="Reason" options={[["", "any"], ...kReasons.map((one): [string, string] => [one, one])]} asked={asked.reason ?? ""} set={set} />
      <Choice name="since" label="Since" options={kSince} asked={asked.since ?? ""} set={set} />
      {isFiltered && <a class="clear" href="#/runs">Clear</a>}
    </form>
  );
}

interface FilterProps {
  name: string;
  label: string;
  asked: string;
  set: (changes: { [name: string]: string }) => void;
}

function TextFilter({ name, label, placeholder, asked, set, isSearch }: FilterProps & { placeholder: string; isSearch?: boolean }) {
  const [text, setText] = useState(asked);
  const timer = useRef(0);
  useEffect(() => setText(asked), [asked]);
  const ask = (now: string, afterMs: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => now !== asked && set({ [name]: now.trim() }), afterMs) as unknown as number;
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <label class={`filter filter-${name}`}>
      <span>{label}</span>
      <input
        type={isSearch ? "search" : "text"}
        id={isSearch ? "search" : undefined}
        value={text}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => {
          setText(event.currentTarget.value);
          ask(event.currentTarget.value, 300);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") ask(event.currentTarget.value, 0);
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </label>
  );
}

function Choice({ name, label, options, asked, set }: FilterProps & { options: [string, string][] }) {
  const isKnown = options.some(([one]) => one === asked);
  return (
    <label class={`filter filter-${name}`}>
      <span>{label}</span>
      <select value={asked} onChange={(event) => set({ [name]: event.currentTarget.value })}>
        {!isKnown && <option value={asked}>{asked}</option>}
        {options.map(([one, words]) => <option key={one} value={one}>{words}</option>)}
      </select>
    </label>
  );
}

function NothingFound({ onClear }: { onClear: () => void }) {
  return (
    <Empty title="No run matches">
      <p><button onClick={onClear}>Show all runs</button></p>
    </Empty>
  );
}

function NoRuns() {
  return (
    <Empty title="No runs yet">
      <p>Run a job now, or queue one; it appears here while it runs.</p>
      <Shell lines={"cellar run job.toml        # now, and wait\ncellar submit job.toml     # into the queue\ncellar work                # takes runs from the queue"} />
    </Empty>
  );
}
