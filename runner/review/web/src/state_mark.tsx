// How a state looks: a colour that the colour-blind tell apart, and a sign of its own.

const kSigns: { [state: string]: string } = {
  succeeded: "M3.5 8.5 6.5 11.5 12.5 4.5",
  failed: "M4 4 12 12M12 4 4 12",
  running: "M5.5 3.5 12 8 5.5 12.5Z",
  queued: "M8 3.5V8L11 10",
  pending: "M8 3.5V8L11 10",
  cancelled: "M4 8H12",
  skipped: "M3.5 4 7.5 8 3.5 12M8.5 4 12.5 8 8.5 12",
  not_run: "M4.5 11.5 11.5 4.5",
  unknown: "M5.5 6a2.5 2.5 0 1 1 3.2 2.4c-.5.2-.7.5-.7 1.2M8 12.2v.1",
};

export const kStateWords: { [state: string]: string } = { not_run: "not run" };

export function stateWord(state: string): string {
  return kStateWords[state] ?? state;
}

export function Sign({ state }: { state: string }) {
  return (
    <svg class={`sign sign-${state}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle cx="8" cy="8" r="7.5" />
      <path d={kSigns[state] ?? kSigns.unknown} />
    </svg>
  );
}

/// The sign and the word, with the reason where there is one.
export function StateMark({ state, reason, title }: { state: string; reason?: string | null; title?: string }) {
  return (
    <span class={`state state-${state}`} title={title}>
      <Sign state={state} />
      <span class="state-words">
        {stateWord(state)}
        {reason && <span class="reason"> {reason}</span>}
      </span>
    </span>
  );
}
