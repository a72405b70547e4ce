// Which of an output's representations is shown first.

import type { Output, Part } from "../types";

const kOrder = [
  "image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp",
  "text/html", "text/markdown", "text/latex", "application/json", "text/plain",
];

export const isImage = (mime: string) => mime.startsWith("image/");
export const isJson = (mime: string) => mime === "application/json" || mime.endsWith("+json");

function rank(mime: string): number {
  const at = kOrder.indexOf(mime);
  // Vendors' JSON is for programs; a text beside it says more to people.
  return at >= 0 ? at : isImage(mime) ? 4.5 : kOrder.length;
}

export function representations(output: Output): Part[] {
  return [...(output.parts ?? [])].sort((a, b) => rank(a.mime) - rank(b.mime));
}

export function shortName(mime: string): string {
  if (mime === "text/plain") return "text";
  if (mime === "image/svg+xml") return "svg";
  return mime.replace(/^.*\//, "").replace(/^vnd\./, "").replace(/\+json$/, "");
}
