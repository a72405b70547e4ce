// Text of any size: the beginning at once, more and the end when asked for.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { get } from "../api";
import { bytes } from "../format";
import type { TextSlice } from "../types";
import { ansiFragment } from "./ansi";
import { Nodes } from "./nodes";

/// Where the whole text of an output is read, in pieces.
export interface TextSource {
  path: string;
  attempt: number;
  mime?: string;
  url: string;
}

interface Piece {
  from: number;
  to: number;
  text: string;
}

const kPiece = 256 * 1024;
const kBlockLines = 250;
const utf8 = new TextEncoder();

/// Blocks of lines, so that the browser lays out only those that are seen.
function blocksOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.length <= kBlockLines * 2) return [text];
  const blocks = [];
  for (let at = 0; at < lines.length; at += kBlockLines) blocks.push(lines.slice(at, at + kBlockLines).join("\n"));
  return blocks;
}

function TextBlocks({ text }: { text: string }) {
  const blocks = blocksOf(text);
  return (
    <>
      {blocks.map((block, at) => (
        <Nodes key={at} tag="pre" class={blocks.length > 1 ? "text-block many" : "text-block"} make={() => ansiFragment(block)} of={block} />
      ))}
    </>
  );
}

export interface TextProps {
  text: string;
  isWhole: boolean;
  source: TextSource | null;
  total: number;
  missing?: number;
  gapAt?: number;
  class?: string;
  label: string;
  follows?: boolean;
  before?: ComponentChildren;
}

export function Text(props: TextProps) {
  const { text, isWhole, source, total } = props;
  const start: Piece = { from: 0, to: utf8.encode(text).length, text };
  const [more, setMore] = useState<Piece[]>([]);
  const [failure, setFailure] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const wasAtEnd = useRef(true);
  const isReading = useRef(false);

  useEffect(() => setMore([]), [source?.url, isWhole]);
  useLayoutEffect(() => {
    if (props.follows && wasAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);

  /// One at a time: a second click would ask for the same piece.
  const read = async (from: number, limit: number) => {
    if (isReading.current) return;
    isReading.current = true;
    setFailure("");
    try {
      const slice = await get<TextSlice>(source!.path, { attempt: source!.attempt, mime: source!.mime, from, limit });
      setMore((old) => [...old, slice].sort((a, b) => a.from - b.from));
    } catch (error) {
      setFailure((error as Error).message);
    } finally {
      isReading.current = false;
    }
  };

  const pieces = [start, ...more];
  return (
    <div class={`text-output ${props.class ?? ""}`}>
      <div
        ref={box}
        class="text-scroll"
        tabIndex={0}
        role="group"
        aria-label={props.label}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          wasAtEnd.current = scrollTop + clientHeight > scrollHeight - 30;
        }}
      >
        {props.before && <p class="text-gap">{props.before}</p>}
        {pieces.map((piece, at) => {
          const next = pieces[at + 1];
          const gapEnd = next ? next.from : total;
          const wanted = Math.min(kPiece, gapEnd - piece.to);
          return (
            <>
              <KeptText piece={piece} gapAt={props.gapAt} missing={props.missing} isLast={!next && (isWhole || piece.to >= total)} />
              {!isWhole && source && gapEnd > piece.to && (
                <p class="text-gap">
                  {bytes(gapEnd - piece.to)} not shown here{" "}
                  <button class="quiet" onClick={() => read(piece.to, wanted)}>
                    Show {bytes(wanted)} more
                  </button>
                  {!next && gapEnd - piece.to > kPiece && (
                    <button class="quiet" onClick={() => read(-kPiece, kPiece)}>
                      Show the end
                    </button>
                  )}
                  <a href={source.url} target="_blank" rel="noopener">
                    All {bytes(total)} in a tab
                  </a>
                </p>
              )}
            </>
          );
        })}
        {failure && <p class="text-gap" role="alert">{failure}</p>}
      </div>
    </div>
  );
}

/// Says where output was not kept. `isLast`: the kept text ends with the piece.
function KeptText({ piece, gapAt, missing, isLast }: { piece: Piece; gapAt?: number; missing?: number; isLast: boolean }) {
  const isHere = gapAt !== undefined && gapAt >= piece.from && (gapAt < piece.to || isLast);
  if (!missing || !isHere) return <TextBlocks text={piece.text} />;
  const encoded = utf8.encode(piece.text);
  const cut = gapAt - piece.from;
  return (
    <>
      <TextBlocks text={new TextDecoder().decode(encoded.subarray(0, cut))} />
      <p class="text-gap lost">{bytes(missing)} of output were not kept here: the limit is output_per_cell</p>
      <TextBlocks text={new TextDecoder().decode(encoded.subarray(cut))} />
    </>
  );
}
