// What the API answers with: ../../api/openapi.json, as far as the page reads it.

export type RunState = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export type CellState =
  | "pending" | "running" | "succeeded" | "failed" | "skipped" | "not_run" | "unknown";
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface Run {
  id: number;
  job: string;
  state: RunState;
  reason: string | null;
  message: string;
  parameters: { [name: string]: Json };
  tags: string[];
  gateway: string;
  kernelspec: string;
  attempt: number;
  submitted_at: string;
  started_at: string | null;
  finished_at: string | null;
  queue_ms: number | null;
  kernel_start_ms: number | null;
  duration_ms: number | null;
  job_file: string;
  job_sha256: string;
  pinned: boolean;
}

export interface CellEvent {
  kind: string;
  at: string;
  detail: string;
}

export interface Part {
  mime: string;
  bytes: number;
  inline: boolean;
  url: string;
}

export interface Output {
  output_type: "stream" | "display_data" | "execute_result" | "error";
  number: number;
  name?: string;
  text?: string;
  data?: { [mime: string]: Json };
  execution_count?: number | null;
  ename?: string;
  evalue?: string;
  traceback?: string[];
  parts?: Part[];
  deferred?: boolean;
  missing?: number;
  gap_at?: number;
  /// The page's own: `text` is not the beginning any more, a live run's text grew too long.
  is_tail?: boolean;
}

export interface LiveCell {
  index: number;
  name: string;
  kind: string;
  state: CellState;
  reason: string | null;
  message: string;
  execution_count: number | null;
  started_at: string | null;
  duration_ms: number | null;
  output_bytes: number;
  events: CellEvent[];
}

export interface Cell extends LiveCell {
  source: string;
  outputs: Output[];
  file: string;
  line: number;
}

export interface Attempt {
  number: number;
  state: RunState;
  reason: string | null;
  message: string;
  gateway: string;
  kernelspec: string;
  started_at: string;
  finished_at: string | null;
  queue_ms: number | null;
  kernel_start_ms: number | null;
  duration_ms: number | null;
  worker: string;
  takeovers: number;
}

export interface QueuePlace {
  position: number;
  reason: "kernel" | "due" | "run" | "concurrency";
  until: string | null;
  run: number | null;
  key: string;
  text: string;
}

export interface RunDetails {
  priority: number;
  due_at: string | null;
  retry_at: string | null;
  key: string;
  group: number | null;
  concurrency_key: string;
  after: number[];
  cancel_request: string | null;
  queue: QueuePlace | null;
  can: { cancel: boolean; retry: boolean; again: boolean };
}

export interface RunDocument {
  run: Run;
  attempts: Attempt[];
  attempt: number;
  cells: Cell[];
  cursor: string;
  details: RunDetails;
}

export interface RunPage {
  runs: Run[];
  next: string | null;
  total: number | null;
}

export interface CellDocument {
  run: number;
  attempt: number;
  cell: Cell;
}

export interface TextSlice {
  bytes: number;
  from: number;
  to: number;
  text: string;
}

export interface BriefRun {
  id: number;
  state: RunState;
  reason: string | null;
  submitted_at: string;
  duration_ms: number | null;
}

export interface JobBrief {
  name: string;
  runs: number;
  last: BriefRun[];
  median_ms: number | null;
}

export interface Jobs {
  jobs: JobBrief[];
  next: string | null;
}

export interface TrendRun extends BriefRun {
  message: string;
  queue_ms: number | null;
  kernel_start_ms: number | null;
}

export interface TrendCell {
  name: string;
  index: number;
  count: number;
  failures: number;
  median_ms: number | null;
  p95_ms: number | null;
  durations_ms: (number | null)[];
}

export interface JobTrend {
  job: string;
  total: number;
  runs: TrendRun[];
  cells: TrendCell[];
  first_bad: { run: number; last_good: number | null; bad_runs: number } | null;
}

export interface ComparedCell {
  a: Cell | null;
  b: Cell | null;
  same_source: boolean;
  same_state: boolean;
  same_outputs: boolean;
  duration_ratio: number | null;
}

export interface Comparison {
  a: Run;
  b: Run;
  parameters: { name: string; a?: Json; b?: Json; same: boolean }[];
  cells: ComparedCell[];
}

export interface Queue {
  queued: { run: Run; place: QueuePlace }[];
  running: Run[];
  total_queued: number;
  workers: { worker: string; kind: string; running: number }[];
}

export interface Gateway {
  name: string;
  url: string;
  labels: string[];
  max_kernels: number | null;
  kernels: number;
  is_default: boolean;
  state: "unknown" | "ready" | "full" | "away";
  note: string;
}

export interface Kernel {
  gateway: string;
  kernelspec: string;
  kernel_id: string;
  state: string;
  run: number | null;
  job: string | null;
  in_use: boolean;
  owned: boolean;
  created_at: string;
}

export interface Gateways {
  gateways: Gateway[];
  kernels: Kernel[];
}

export interface Schedule {
  name: string;
  job: string;
  job_file: string;
  cron: string;
  timezone: string;
  jitter_ms: number;
  catch_up: string;
  paused: boolean;
  next_at: string | null;
  last: { at: string; run: number | null; state: RunState | null; reason: string | null } | null;
}

export interface Schedules {
  schedules: Schedule[];
}

export interface Info {
  version: string;
  store: string;
  actions: boolean;
  scripts: boolean;
  works: boolean;
  now: string;
}
