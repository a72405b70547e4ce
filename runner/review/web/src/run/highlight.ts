// Source as lines of highlighted markup, in the languages that jobs are written in.

import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import javascript from "highlight.js/lib/languages/javascript";
import julia from "highlight.js/lib/languages/julia";
import matlab from "highlight.js/lib/languages/matlab";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import sql from "highlight.js/lib/languages/sql";

for (const [name, language] of Object.entries({ bash, javascript, julia, matlab, python, r, sql })) {
  hljs.registerLanguage(name, language);
}

const kByKernel: [RegExp, string][] = [
  [/^(ir|r)$|^r[-_\d]/i, "r"],
  [/julia/i, "julia"],
  [/octave|matlab/i, "matlab"],
  [/bash|^sh$/i, "bash"],
  [/javascript|deno|node|jslab/i, "javascript"],
];

const kByMagic: [RegExp, string][] = [
  [/^%%(bash|sh|script)\b/, "bash"],
  [/^%%sql\b/, "sql"],
  [/^%%(js|javascript)\b/, "javascript"],
  [/^%%R\b/, "r"],
];

export function languageOf(kernelspec: string, source: string): string {
  const find = (table: [RegExp, string][], text: string) => table.find(([pattern]) => pattern.test(text))?.[1];
  return find(kByMagic, source) ?? find(kByKernel, kernelspec) ?? "python";
}

/// Escaped by highlight.js. Beyond 100 kB the text is plain: colours are not worth the wait.
export function highlightedLines(source: string, language: string): string[] {
  const escaped = () => source.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const html = source.length > 100_000 ? escaped() : hljs.highlight(source, { language, ignoreIllegals: true }).value;
  return linesOfMarkup(html);
}

/// Cuts markup at line ends and closes and opens again what goes over them.
function linesOfMarkup(html: string): string[] {
  const open: string[] = [];
  return html.split("\n").map((line) => {
    const before = open.join("");
    for (const [tag] of line.matchAll(/<span[^>]*>|<\/span>/g)) {
      if (tag === "</span>") open.pop();
      else open.push(tag);
    }
    return before + line + "</span>".repeat(open.length);
  });
}
