// Text with terminal codes as elements. ansi_up escapes the text; the colours are classes, and true
// colours are set by script, since the page's policy allows no style attributes.

import { AnsiUp } from "ansi_up";

export function ansiFragment(text: string): DocumentFragment {
  const ansi = new AnsiUp();
  ansi.use_classes = true;
  ansi.url_allowlist = { http: 1, https: 1 };
  const html = ansi.ansi_to_html(settle(harmless(text))).replace(/ style="([^"]*)"/g, ' data-style="$1"');
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const element of template.content.querySelectorAll<HTMLElement>("[data-style]")) {
    paint(element, element.dataset.style!);
    delete element.dataset.style;
  }
  for (const link of template.content.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  return template.content;
}

/// What ansi_up gets to see: a whole link to the web, a whole code of no absurd length. It is at
/// anything else for minutes, or shows nothing behind it.
const kCode =
  /(\x1b\]8;[ -:<-~]*;https?:[!-~]{0,500}(?:\x07|\x1b\\)[ -~]+\x1b\]8;;(?:\x07|\x1b\\)|\x1b\[[<-?]?[\d;]{0,200}[ -/]?[@-~])/;
const oneOf = (...all: RegExp[]) => new RegExp(all.map((one) => one.source).join("|"), "gu");
const kCommand = oneOf(kCode, /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/, /\x1b\([ -~]?/, /\x1b/);
const kCodeOrCharacter = oneOf(kCode, /[^]/);

/// Without titles, sounds and links to anything but the web; the words of a link stay.
function harmless(text: string): string {
  if (!/[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]/.test(text)) return text;
  return text
    .replace(kCommand, (_, kept: string | undefined) => kept?.replace(/\x07/g, "\x1b\\") ?? "")
    .replace(/[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g, "");
}

function paint(element: HTMLElement, style: string): void {
  const [, ground] = /background-color:\s*(rgb\([\d, ]+\))/.exec(style) ?? [];
  const [, colour] = /(?:^|;)\s*color:\s*rgb\(([\d, ]+)\)/.exec(style) ?? [];
  if (ground) element.style.backgroundColor = ground;
  if (colour && ground) element.style.color = `rgb(${colour})`;
  if (colour && !ground) {
    const [onLight, onDark] = readable(colour.split(",").map(Number));
    element.classList.add("ansi-true");
    element.style.setProperty("--on-light", onLight);
    element.style.setProperty("--on-dark", onDark);
  }
  if (/font-weight:\s*bold/.test(style)) element.classList.add("ansi-bold");
  if (/font-style:\s*italic/.test(style)) element.classList.add("ansi-italic");
  if (/opacity/.test(style)) element.classList.add("ansi-faint");
  if (/underline/.test(style)) element.classList.add("ansi-underline");
}

/// The colour's hue, dark enough for the light ground and light enough for the dark one (4.5:1).
function readable(colour: number[]): [string, string] {
  const mixed = (target: number, isEnough: (light: number) => boolean) => {
    for (let share = 0; ; share += 0.1) {
      const now = colour.map((part) => Math.round(part + (target - part) * share));
      if (share >= 1 || isEnough(luminance(now))) return `rgb(${now})`;
    }
  };
  return [mixed(0, (light) => light <= 0.17), mixed(255, (light) => light >= 0.26)];
}

/// Relative luminance as WCAG 2 defines it.
function luminance(colour: number[]): number {
  const [r, g, b] = colour.map((part) => (part <= 10 ? part / 3294 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/// What a terminal would show in the end of lines that were written over (progress bars).
export function settle(text: string): string {
  if (!/[\r\x08]/.test(text)) return text;
  return text.split("\n").map(settleLine).join("\n");
}

/// From the last piece back: of one that was written over, what is longer is still seen. One with
/// codes, whose width nobody counts, takes the whole line.
function settleLine(line: string): string {
  let shown = "";
  let hadCodes = false;
  for (const piece of line.split("\r").map(withoutErased).reverse()) {
    const hasCodes = piece.includes("\x1b");
    if (shown && piece && (hasCodes || hadCodes)) break;
    shown += piece.slice(shown.length);
    hadCodes ||= hasCodes;
  }
  return shown;
}

/// A backspace takes the last character, whatever codes came after it.
function withoutErased(piece: string): string {
  if (!piece.includes("\x08")) return piece;
  const kept: string[] = [];
  const characters: number[] = [];
  for (const [one, code] of piece.matchAll(kCodeOrCharacter)) {
    if (one === "\x08") {
      const last = characters.pop();
      if (last !== undefined) kept[last] = "";
    } else {
      if (!code) characters.push(kept.length);
      kept.push(one);
    }
  }
  return kept.join("");
}

export function withoutAnsi(text: string): string {
  return text.replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, "");
}
