// An answer of the server as a component has it: none yet, one, or an error beside the last one.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, type ApiError, type Query } from "./api";

export interface Answer<T> {
  value: T | null;
  error: ApiError | null;
  isLoading: boolean;
  reload: () => void;
}

/// Asks at first, when the question changes, on `reload`, and `everyMs` after the last answer while the tab is seen.
export function useAnswer<T>(path: string, query: Query = {}, everyMs = 0): Answer<T> {
  const question = path + JSON.stringify(query);
  const [state, setState] = useState<{ question: string; value: T | null; error: ApiError | null }>({
    question,
    value: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const [isLoading, setIsLoading] = useState(true);
  const asked = useRef(question);

  useEffect(() => {
    const abort = new AbortController();
    asked.current = question;
    setIsLoading(true);
    get<T>(path, query, abort.signal).then(
      (value) => {
        setState({ question, value, error: null });
        setIsLoading(false);
      },
      (error) => {
        if (abort.signal.aborted) return;
        setState((old) => ({ question, value: old.question === question ? old.value : null, error }));
        setIsLoading(false);
      },
    );
    return () => abort.abort();
  }, [question, turn]);

  const reload = useCallback(() => setTurn((old) => old + 1), []);
  useEffect(() => {
    if (!everyMs || isLoading) return;
    const askIfSeen = () => document.visibilityState === "visible" && reload();
    const timer = setTimeout(askIfSeen, everyMs);
    document.addEventListener("visibilitychange", askIfSeen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", askIfSeen);
    };
  }, [everyMs, isLoading, reload]);

  // While another question is under way the old answer stays, so that the page does not jump.
  return { value: state.value, error: state.error, isLoading, reload };
}
