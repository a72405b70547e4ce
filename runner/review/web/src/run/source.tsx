// A cell's source with line numbers; the line that failed is marked.

import { useMemo } from "preact/hooks";
import { highlightedLines, languageOf } from "./highlight";

interface Props {
  source: string;
  kernelspec: string;
  failedAt?: number | null;
  changed?: Set<number>;
  label: string;
}

export function Source({ source, kernelspec, failedAt, changed, label }: Props) {
  const text = source.replace(/\n+$/, "");
  const lines = useMemo(() => highlightedLines(text, languageOf(kernelspec, text)), [text, kernelspec]);
  if (text === "") return <p class="hint">An empty cell</p>;
  return (
    <div class="source" tabIndex={0} role="group" aria-label={label}>
      <pre>
        <code>
          {lines.map((line, at) => (
            <span
              key={at}
              class={`line${failedAt === at + 1 ? " line-failed" : ""}${changed?.has(at) ? " line-changed" : ""}`}
              data-line={at + 1}
              dangerouslySetInnerHTML={{ __html: `${line || " "}\n` }}
            />
          ))}
        </code>
      </pre>
    </div>
  );
}
