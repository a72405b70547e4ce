// Figures as people read them. The same words as in the terminal.

export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) - minutes * 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = count;
  let unit = "B";
  for (const larger of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = larger;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

export const count = (value: number): string => value.toLocaleString("en");

export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const two = (value: number) => String(value).padStart(2, "0");

/// In the reader's own time zone: 2026-11-25 01:48:09.
export function time(iso: string | null, withSeconds = true): string {
  if (!iso) return "–";
  const at = new Date(iso);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}${withSeconds ? `:${two(at.getSeconds())}` : ""}`;
}

/// "3 min ago", "in 2 h"; beyond a week the date says more.
export function fromNow(iso: string | null, now = Date.now()): string {
  if (!iso) return "–";
  const ms = new Date(iso).getTime() - now;
  const size = Math.abs(ms);
  const words = (text: string) => (ms > 0 ? `in ${text}` : `${text} ago`);
  if (size < 45_000) return ms > 0 ? `in ${Math.max(1, Math.round(size / 1000))} s` : "just now";
  if (size < 90 * 60_000) return words(`${Math.max(1, Math.round(size / 60_000))} min`);
  if (size < 36 * 3_600_000) return words(`${Math.round(size / 3_600_000)} h`);
  if (size < 8 * 86_400_000) return words(`${Math.round(size / 86_400_000)} days`);
  return time(iso, false);
}

/// "clean", or "[2]" where a cell has no name.
export function cellName(cell: { index: number; name: string; kind: string }): string {
  return cell.name || (cell.kind === "parameters" ? "parameters" : `cell ${cell.index}`);
}

/// A parameter's value as a job file would have it.
export function value(json: unknown): string {
  return typeof json === "string" ? JSON.stringify(json) : JSON.stringify(json) ?? "";
}

export function ratio(times: number): string {
  if (times >= 1) return `${times >= 10 ? Math.round(times) : times.toFixed(1)}× slower`;
  return `${1 / times >= 10 ? Math.round(1 / times) : (1 / times).toFixed(1)}× faster`;
}
