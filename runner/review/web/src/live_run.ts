// A run as the page has it: the document at first, then what the server tells while it goes on.

import { useEffect, useState } from "preact/hooks";
import { ApiError, get, openStream } from "./api";
import type { Attempt, Cell, LiveCell, Output, Run, RunDocument } from "./types";

/// More than this of one growing text is not kept while the run goes on; its end is what counts.
const kLiveText = 512 * 1024;

interface OutputEvent {
  number: number;
  /// A new output, or `append`: `bytes` bytes more of the stream `name`, from byte `at` of what came.
  output?: Output;
  name?: string;
  append?: string;
  at?: number;
  bytes?: number;
}

export type LiveEvent =
  | { event: "run"; data: { run: Run; attempts: Attempt[] } }
  | { event: "cell"; data: { attempt: number; cell: LiveCell } }
  | { event: "output"; data: OutputEvent & { attempt: number; cell: number } }
  | { event: "outputs"; data: { attempt: number; cell: number } }
  | { event: "end"; data: object };

/// Server-Sent Events out of a text that comes in pieces.
export class EventParser {
  private rest = "";

  take(piece: string): { id: string; event: string; data: string }[] {
    const blocks = (this.rest + piece).replace(/\r\n?/g, "\n").split("\n\n");
    this.rest = blocks.pop()!;
    return blocks.map(readBlock).filter((one) => one.data !== "");
  }
}

function readBlock(block: string) {
  const read = { id: "", event: "message", data: "" };
  for (const line of block.split("\n")) {
    const [, field, text] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
    if (field === "data") read.data += (read.data ? "\n" : "") + text;
    else if (field === "id" || field === "event") read[field] = text!;
  }
  return read;
}

/// The document after an event, or null where only the server knows what it is now.
export function after(document: RunDocument, live: LiveEvent): RunDocument | null {
  switch (live.event) {
    case "run":
      return withRun(document, live.data.run, live.data.attempts);
    case "cell":
      return withCell(document, live.data.attempt, live.data.cell.index, (cell) => ({ ...cell, ...live.data.cell }));
    case "output":
      return withCell(document, live.data.attempt, live.data.cell, (cell) => withOutput(cell, live.data));
    case "outputs":
      return null;
    case "end":
      return document;
  }
}

/// What is in `details` is told by no event: the place in the queue, the time of a retry.
function withRun(document: RunDocument, run: Run, attempts: Attempt[]): RunDocument | null {
  const isAsBefore = run.state === document.run.state && run.attempt === document.run.attempt;
  return isAsBefore ? { ...document, run, attempts } : null;
}

function withCell(document: RunDocument, attempt: number, index: number, change: (cell: Cell) => Cell | null) {
  const at = document.cells.findIndex((cell) => cell.index === index);
  if (attempt !== document.attempt || at < 0) return null;
  const changed = change(document.cells[at]!);
  return changed && { ...document, cells: document.cells.with(at, changed) };
}

const utf8 = new TextEncoder();

/// Bytes of a stream that came so far, whether they were kept or not.
function cameOf(output: Output): number {
  return (output.parts?.[0]?.bytes ?? utf8.encode(output.text ?? "").length) + (output.missing ?? 0);
}

function withOutput(cell: Cell, data: OutputEvent): Cell | null {
  const at = cell.outputs.findIndex((output) => output.number === data.number);
  const put = (output: Output): Cell => ({
    ...cell,
    outputs: at >= 0 ? cell.outputs.with(at, output) : [...cell.outputs, output].sort((a, b) => a.number - b.number),
  });
  // It is fetched when somebody asks for it: the next document would leave it out as well.
  if (cell.outputs[at]?.deferred) return cell;
  if (data.output) return put(data.output);
  const old: Output = cell.outputs[at] ?? { output_type: "stream", number: data.number, name: data.name, text: "" };
  const came = cameOf(old);
  if (data.at! + data.bytes! <= came) return cell;
  // Something between is not here, or half of it is: the server knows the whole.
  if (data.at !== came) return null;
  return put(grown(old, data.append!, data.bytes!));
}

function grown(old: Output, append: string, bytes: number): Output {
  const part = old.parts?.[0];
  const isCut = part !== undefined && !part.inline && !old.is_tail;
  const text = isCut ? append : old.text + append;
  const isTooLong = text.length > kLiveText;
  return {
    ...old,
    text: isTooLong ? text.slice(text.indexOf("\n", text.length - kLiveText / 2) + 1) : text,
    is_tail: old.is_tail || isCut || isTooLong,
    parts: [{ mime: "text/plain", inline: true, url: "", ...part, bytes: (part?.bytes ?? cameOf(old)) + bytes }],
  };
}

const hasEnded = (run: Run) => run.finished_at !== null;

interface Watcher {
  onDocument: (document: RunDocument) => void;
  onConnection: (isThere: boolean) => void;
}

/// Resolves at once in a tab that is seen.
function untilSeen(signal: AbortSignal): Promise<unknown> {
  if (document.visibilityState === "visible") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true, signal }));
}

/// Browsers open six connections to a server and a stream keeps one: only tabs that are seen have one.
function abortedWhenHidden(): AbortController {
  const hidden = new AbortController();
  document.addEventListener("visibilitychange", () => hidden.abort(), { once: true, signal: hidden.signal });
  return hidden;
}

async function watch(run: string, attempt: number | null, watcher: Watcher, signal: AbortSignal) {
  const path = attempt === null ? `/runs/${run}` : `/runs/${run}/attempts/${attempt}`;
  let document!: RunDocument;
  let cursor = "";
  let failures = 0;

  const show = (next: RunDocument) => {
    document = next;
    watcher.onDocument(next);
  };
  const fetchAnew = async () => {
    show(await get<RunDocument>(path, {}, signal));
    cursor = document.cursor;
  };
  const take = async (events: ReturnType<EventParser["take"]>, isBehind: boolean) => {
    let changed: RunDocument | null = document;
    for (const { id, event, data } of events) {
      if (id) cursor = id;
      changed = changed && after(changed, { event, data: JSON.parse(data) } as LiveEvent);
    }
    if (changed && !isBehind) show(changed);
    else await fetchAnew();
  };
  const follow = async (until: AbortSignal) => {
    const reader = await openStream(`/runs/${document.run.id}/events`, { after: cursor }, until);
    watcher.onConnection(true);
    const parser = new EventParser();
    // What was cleared before the stream began is in none of its events.
    for (let isBehind = true; ; isBehind = false) {
      const { done, value } = await reader.read();
      if (done) return fetchAnew();
      failures = 0;
      await take(parser.take(value), isBehind);
    }
  };

  await fetchAnew();
  while (attempt === null && !hasEnded(document.run)) {
    await untilSeen(signal);
    const over = abortedWhenHidden();
    try {
      await follow(AbortSignal.any([signal, over.signal]));
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && error.status >= 400 && error.status < 500)) throw error;
      if (over.signal.aborted) continue;
      watcher.onConnection(false);
    } finally {
      over.abort();
    }
    failures += 1;
    await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 250 * 2 ** failures)));
  }
}

export interface LiveRun {
  document: RunDocument | null;
  error: ApiError | null;
  isConnected: boolean;
  reload: () => void;
}

export function useRun(run: string, attempt: number | null): LiveRun {
  const [document, setDocument] = useState<RunDocument | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [isConnected, setIsConnected] = useState(true);
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    let pending: RunDocument | null = null;
    setError(null);
    const show = () => {
      if (pending && !abort.signal.aborted) setDocument(pending);
      pending = null;
    };
    // A cell may print thousands of times a second; the screen follows ten times a second.
    const onDocument = (next: RunDocument) => {
      if (pending === null) setTimeout(show, 100);
      pending = next;
    };
    watch(run, attempt, { onDocument, onConnection: setIsConnected }, abort.signal).catch((failed) => {
      if (!abort.signal.aborted) setError(failed);
    });
    return () => abort.abort();
  }, [run, attempt, turn]);

  const isThis = document && String(document.run.id) === run;
  return { document: isThis || run.startsWith("last") ? document : null, error, isConnected, reload: () => setTurn((old) => old + 1) };
}
