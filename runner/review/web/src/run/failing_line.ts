// The line of a cell's source at which it failed, as IPython's and Python's tracebacks tell it.

import { withoutAnsi } from "../outputs/ansi";
import type { Cell } from "../types";

export function failingLine(cell: Cell): number | null {
  const error = cell.outputs.findLast((output) => output.output_type === "error");
  if (!error) return null;
  const own = cell.execution_count === null ? "\\d+" : String(cell.execution_count);
  const places = new RegExp(`(?:Cell In ?|Input In |In )\\[${own}\\],? ?(?:line )?(\\d+)|File <ipython-input-[^>]*>:(\\d+)|line (\\d+)\\s+in <cell line`, "g");
  const matches = [...withoutAnsi((error.traceback ?? []).join("\n")).matchAll(places)];
  const first = matches[0];
  const line = Number(first?.[1] ?? first?.[2] ?? first?.[3]);
  return line > 0 ? line : null;
}
