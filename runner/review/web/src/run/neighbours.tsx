// The runs of the same job around one: what somebody compares it with.

import { useAnswer } from "../answer";
import { linkTo } from "../router";
import type { Run, RunPage } from "../types";

export interface Neighbours {
  before: Run | undefined;
  next: Run | undefined;
  lastGood: Run | undefined;
}

/// By the listing's cursors of an id: the runs of one sweep were submitted at the same time.
export function useNeighbours({ job, id }: Run): Neighbours {
  const older = useAnswer<RunPage>("/runs", { job, sort: "-id", cursor: `-id::${id}`, limit: 30 }).value?.runs;
  const newer = useAnswer<RunPage>("/runs", { job, sort: "id", cursor: `id::${id}`, limit: 1 }).value?.runs;
  return {
    before: older?.[0],
    next: newer?.[0],
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
