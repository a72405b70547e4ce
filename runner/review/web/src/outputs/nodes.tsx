// Elements that were made outside of Preact.

import { useLayoutEffect, useRef } from "preact/hooks";

export function Nodes({ tag: Tag, make, of, ...rest }: {
  tag: "pre" | "div" | "code" | "span";
  make: () => Node;
  of: unknown;
  [attribute: string]: unknown;
}) {
  const ref = useRef<HTMLElement>(null);
  useLayoutEffect(() => ref.current!.replaceChildren(make()), [of]);
  return <Tag ref={ref as never} {...(rest as object)} />;
}
