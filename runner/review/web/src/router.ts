// Addresses are behind the `#`: the server has one page, and a path of a proxy does not matter.
//   #/runs?job=…   #/runs/12   #/runs/12/attempts/1   #/jobs/NAME   #/compare/11/12
//   #/queue   #/gateways   #/schedules

import { useEffect, useState } from "preact/hooks";

export interface Route {
  parts: string[];
  query: URLSearchParams;
}

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parts = path.split("/").filter(Boolean).map(decode);
  return { parts: parts.length ? parts : ["runs"], query: new URLSearchParams(query) };
}

/// As it is where it is not well encoded.
export function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const onChange = () => setHash(location.hash);
    addEventListener("hashchange", onChange);
    onChange();  // it may have changed since it was drawn
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return readRoute(hash);
}

export function go(hash: string): void {
  location.hash = hash;
}

export const linkTo = {
  runs: (query: { [name: string]: string } = {}) => {
    const text = new URLSearchParams(query).toString();
    return `#/runs${text ? `?${text}` : ""}`;
  },
  run: (run: number, attempt?: number) => `#/runs/${run}${attempt ? `/attempts/${attempt}` : ""}`,
  job: (job: string) => `#/jobs/${encodeURIComponent(job)}`,
  compare: (a: number | string, b: number | string) => `#/compare/${a}/${b}`,
};
