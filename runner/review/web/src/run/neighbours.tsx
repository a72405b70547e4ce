// The runs of the same job around one: what somebody compares it with.

import { useAnswer } from "../answer";
import { linkTo } from "../router";
import type { Run, RunPage } from "../types";

export interface Neighbours {
  before: Run | undefined;
  next: Run | undefined;
  lastGood: Run | undefined;
}

export function useNeighbours(run: Run): Neighbours {
  const { job, submitted_at: at, id } = run;
  const older = useAnswer<RunPage>("/runs", { job, until: at, limit: 30 }).value?.runs.filter((one) => one.id < id);
  const newer = useAnswer<RunPage>("/runs", { job, since: at, sort: "id", limit: 3 }).value?.runs;
  return {
    before: older?.[0],
    next: newer?.find((one) => one.id > id),
    lastGood: older?.find((one) => one.state === "succeeded"),
  };
}

export function NeighbourLinks({ run, near }: { run: Run; near: Neighbours }) {
  const { before, next, lastGood } = near;
  const isBad = run.state === "failed" || run.state === "cancelled";
  return (
    <nav class="neighbours" aria-label="runs of this job">
      {before && <a href={linkTo.run(before.id)}>‹ run {before.id}</a>}
      {next && <a href={linkTo.run(next.id)}>run {next.id} ›</a>}
      {before && <a href={linkTo.compare(before.id, run.id)}>compare with {before.id}</a>}
      {isBad && lastGood && lastGood !== before && <a href={linkTo.compare(lastGood.id, run.id)}>compare with the last good, {lastGood.id}</a>}
    </nav>
  );
}
