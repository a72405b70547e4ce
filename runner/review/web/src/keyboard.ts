// Keys without a modifier, while nobody types. `g` begins a pair: `g r` goes to the runs.

import { useEffect } from "preact/hooks";

export type Shortcuts = { [keys: string]: (event: KeyboardEvent) => void };

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

let pairStart = "";
let pairUntil = 0;

// One listener for all: two of them would both eat the first half of a pair.
const active: Shortcuts[] = [];
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]") && event.key !== "Escape") return;
  const pair = performance.now() < pairUntil ? `${pairStart} ${event.key}` : "";
  pairUntil = 0;
  for (const keys of [pair, event.key]) {
    const shortcuts = [...active].reverse().find((one) => keys && one[keys]);
    if (!shortcuts) continue;
    event.preventDefault();
    shortcuts[keys]!(event);
    return;
  }
  if (event.key === "g") {
    pairStart = "g";
    pairUntil = performance.now() + 1500;
  }
});

export function useShortcuts(shortcuts: Shortcuts): void {
  useEffect(() => {
    active.push(shortcuts);
    return () => void active.splice(active.indexOf(shortcuts), 1);
  });
}

/// Moves the focus by one among the elements that match, from the focused one or the seen ones.
export function moveFocus(selector: string, step: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>(selector)];
  if (!all.length) return;
  const focused = all.findIndex((one) => one.contains(document.activeElement));
  const next = focused < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, focused + step));
  all[next]!.focus();
  all[next]!.scrollIntoView({ block: "nearest" });
}
