// The keys, in a dialog.

import { useEffect, useRef } from "preact/hooks";

const kKeys: [string, [string, string][]][] = [
  ["Everywhere", [["g r", "runs"], ["g q", "queue"], ["g g", "gateways"], ["g s", "schedules"], ["/", "find runs"], ["t", "light or dark"], ["?", "these keys"]]],
  ["In lists", [["j  k", "next, previous"], ["Enter", "open"], ["←  →", "along a job's last runs"]]],
  ["In a run", [["j  k", "next, previous cell"], ["f", "the cell that failed"], ["s", "show or hide sources"], ["[  ]", "the job's run before, after"], ["c", "compare with the run before"], ["u", "up to the job"]]],
  ["In a comparison", [["j  k", "next, previous cell"], ["d", "only differences"], ["x", "swap the two"]]],
  ["In a job", [["l", "its last run"], ["←  →", "along the chart, when it has the focus"]]],
];

export function Help({ isOpen, onClose, version }: { isOpen: boolean; onClose: () => void; version: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen && !dialog.current!.open) dialog.current!.showModal();
  }, [isOpen]);
  const close = () => dialog.current!.close();
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose} onClick={(event) => event.target === dialog.current && close()}>
      <header><h2 id="help-title">Keys</h2><button class="icon" aria-label="Close" onClick={close}><span aria-hidden="true">✕</span></button></header>
      <div class="help-groups">
        {kKeys.map(([group, keys]) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl>
              {keys.map(([key, words]) => (
                <div key={key}><dt>{key.split("  ").map((one) => <kbd key={one}>{one}</kbd>)}</dt><dd>{words}</dd></div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      {version && <p class="hint">cellar {version}</p>}
    </dialog>
  );
}
