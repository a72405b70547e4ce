// JSON as a tree that opens where it is asked to.

import { useState } from "preact/hooks";
import { counted } from "../format";
import type { Json } from "../types";

const kStep = 100;

export function JsonTree({ json }: { json: Json }) {
  return (
    <div class="json-tree">
      <JsonNode json={json} depth={0} />
    </div>
  );
}

function JsonNode({ json, name, depth }: { json: Json; name?: string; depth: number }) {
  const [isOpen, setIsOpen] = useState(depth < 1);
  const [shown, setShown] = useState(kStep);
  const label = name === undefined ? null : <span class="json-name">{name}: </span>;
  if (json === null || typeof json !== "object") {
    return (
      <div class="json-leaf">
        {label}
        <span class={`json-${json === null ? "null" : typeof json}`}>{JSON.stringify(json)}</span>
      </div>
    );
  }
  const entries = Object.entries(json);
  const size = Array.isArray(json) ? `[ ${counted(entries.length, "item")} ]` : `{ ${counted(entries.length, "member")} }`;
  if (entries.length === 0) return <div class="json-leaf">{label}{Array.isArray(json) ? "[ ]" : "{ }"}</div>;
  return (
    <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        {label}
        <span class="json-size">{size}</span>
      </summary>
      {isOpen && (
        <div class="json-members">
          {entries.slice(0, shown).map(([key, member]) => (
            <JsonNode key={key} name={key} json={member as Json} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <button class="quiet" onClick={() => setShown(shown + kStep * 10)}>
              Show more of {counted(entries.length, "entry", "entries")}
            </button>
          )}
        </div>
      )}
    </details>
  );
}
