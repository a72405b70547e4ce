// The tab says what is in it.

import { useEffect } from "preact/hooks";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Cellar`;
  }, [title]);
}
