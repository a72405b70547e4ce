// Small pieces that several views have: what is empty, what went wrong, what is under way.

import type { ComponentChildren } from "preact";
import type { ApiError } from "./api";
import type { Answer } from "./answer";

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: ApiError; onRetry?: () => void }) {
  return (
    <div class="failure" role="alert">
      <p>{error.message}</p>
      {onRetry && <button onClick={onRetry}>Try again</button>}
    </div>
  );
}

/// An error above what was there before, or the value, or that it is on its way.
export function Answered<T>({ answer, children }: { answer: Answer<T>; children: (value: T) => ComponentChildren }) {
  return (
    <>
      {answer.error && <Failure error={answer.error} onRetry={answer.reload} />}
      {answer.value !== null ? children(answer.value) : !answer.error && <Loading />}
    </>
  );
}

export function Loading() {
  return <p class="loading" role="status">Reading the store …</p>;
}

export function Shell({ lines }: { lines: string }) {
  return <pre class="shell" tabIndex={0}>{lines}</pre>;
}
