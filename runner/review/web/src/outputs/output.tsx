// One output as a notebook shows it. What could harm is shown by the browser as an image, or in a
// sandboxed frame from an address of its own.

import { useContext, useMemo, useState } from "preact/hooks";
import { bytes } from "../format";
import { InfoContext, ThemeContext } from "../context";
import type { Json, Output, Part } from "../types";
import { ansiFragment, withoutAnsi } from "./ansi";
import { markdownFragment, tableFragment } from "./clean_html";
import { JsonTree } from "./json_tree";
import { Nodes } from "./nodes";
import { isImage, isJson, representations, shortName } from "./representations";
import { Text, type TextSource } from "./text";

export interface OutputPlace {
  run: number;
  attempt: number;
  cell: number;
  isLive: boolean;
}

const kLargeImage = 8 * 1024 * 1024;

/// Behind a path of a proxy the server's addresses stay relative.
const relative = (url: string) => url.replace(/^\//, "");

export function OutputView({ output, place }: { output: Output; place: OutputPlace }) {
  if (output.output_type === "stream") return <StreamOutput output={output} place={place} />;
  if (output.output_type === "error") return <ErrorOutput output={output} />;
  return <RichOutput output={output} place={place} />;
}

function source(place: OutputPlace, output: Output, part: Part | undefined): TextSource | null {
  if (!part) return null;
  const path = `/runs/${place.run}/cells/${place.cell}/outputs/${output.number}`;
  return { path, attempt: place.attempt, mime: output.output_type === "stream" ? undefined : part.mime, url: relative(part.url) };
}

function StreamOutput({ output, place }: { output: Output; place: OutputPlace }) {
  const part = output.parts?.[0];
  return (
    <Text
      class={`stream-${output.name === "stderr" ? "stderr" : "stdout"}`}
      label={output.name ?? "output"}
      text={output.text ?? ""}
      isWhole={place.isLive || (part?.inline ?? true)}
      source={source(place, output, part)}
      total={part?.bytes ?? 0}
      missing={output.missing}
      gapAt={output.gap_at}
      follows={place.isLive}
      before={output.is_tail ? part && <>The beginning is not shown while it goes on. {part.url && <a href={relative(part.url)} target="_blank" rel="noopener">All so far in a tab</a>}</> : undefined}
    />
  );
}

function ErrorOutput({ output }: { output: Output }) {
  const traceback = (output.traceback ?? []).join("\n");
  const short = `${output.ename}: ${withoutAnsi(output.evalue ?? "")}`;
  return (
    <div class="error-output">
      <p class="error-name">{short.length > 400 ? `${short.slice(0, 400)} …` : short}</p>
      {output.parts?.map((part) => (
        <p key={part.mime} class="text-gap"><a href={relative(part.url)} target="_blank" rel="noopener">The whole traceback, {bytes(part.bytes)}</a></p>
      ))}
      {traceback && (
        <div class="text-scroll" tabIndex={0} role="group" aria-label="traceback">
          <Nodes tag="pre" class="text-block" make={() => ansiFragment(traceback)} of={traceback} />
        </div>
      )}
    </div>
  );
}

function RichOutput({ output, place }: { output: Output; place: OutputPlace }) {
  const parts = representations(output);
  const [chosen, setChosen] = useState<string>();
  const part = parts.find((one) => one.mime === chosen) ?? parts[0];
  if (!part) return null;
  return (
    <div class="rich-output">
      {parts.length > 1 && (
        <div class="representations" role="group" aria-label="shown as">
          {parts.map((one) => (
            <button key={one.mime} class="quiet" aria-pressed={one === part} title={`${one.mime}, ${bytes(one.bytes)}`} onClick={() => setChosen(one.mime)}>
              {shortName(one.mime)}
            </button>
          ))}
        </div>
      )}
      <Representation key={part.mime} output={output} part={part} place={place} />
    </div>
  );
}

function Representation({ output, part, place }: { output: Output; part: Part; place: OutputPlace }) {
  const { mime } = part;
  const data = part.inline ? output.data?.[mime] : undefined;
  const text = typeof data === "string" ? data : "";
  if (isImage(mime)) return <ImageOutput output={output} part={part} />;
  if (mime === "text/html") return part.inline ? <HtmlOutput html={text} part={part} /> : <Frame part={part} />;
  if (mime === "text/markdown") {
    return part.inline ? <Nodes tag="div" class="markup prose" make={() => markdownFragment(text)} of={text} /> : <Frame part={part} />;
  }
  if (isJson(mime) && data !== undefined) return <JsonTree json={data as Json} />;
  if (mime.startsWith("text/") || isJson(mime)) {
    return (
      <Text
        class={mime === "text/latex" ? "latex" : "result-text"}
        label={shortName(mime)}
        text={text}
        isWhole={part.inline}
        source={source(place, output, part)}
        total={part.bytes}
      />
    );
  }
  return (
    <p class="text-gap">
      {mime}, {bytes(part.bytes)}: nothing here shows it{" "}
      <a href={`${relative(part.url)}&download=1`}>Save it</a>
    </p>
  );
}

function HtmlOutput({ html, part }: { html: string; part: Part }) {
  const table = useMemo(() => tableFragment(html), [html]);
  if (!table) return <Frame part={part} />;
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label="table">
      <Nodes tag="div" class="markup" make={() => table.cloneNode(true)} of={html} />
    </div>
  );
}

function ImageOutput({ output, part }: { output: Output; part: Part }) {
  const [isAsked, setIsAsked] = useState(part.bytes <= kLargeImage);
  const words = output.data?.["text/plain"];
  const alt = typeof words === "string" && words.length < 200 ? words : `an image, ${shortName(part.mime)}`;
  if (!isAsked) {
    return (
      <p class="text-gap">
        An image of {bytes(part.bytes)} <button class="quiet" onClick={() => setIsAsked(true)}>Show it</button>
      </p>
    );
  }
  return (
    <a class="image-output" href={relative(part.url)} target="_blank" rel="noopener" title="Alone in a tab">
      <img src={relative(part.url)} alt={alt} loading="lazy" decoding="async" />
    </a>
  );
}

function Frame({ part }: { part: Part }) {
  const theme = useContext(ThemeContext);
  const info = useContext(InfoContext);
  const [hasScripts, setHasScripts] = useState(false);
  const [isTall, setIsTall] = useState(false);
  const url = `${relative(part.url)}${part.url.includes("?") ? "&" : "?"}theme=${theme}${hasScripts ? "&scripts=1" : ""}`;
  return (
    <div class="frame-output">
      <iframe
        key={url}
        class={isTall ? "tall" : part.bytes < 600 ? "short" : ""}
        src={url}
        title={`output as ${shortName(part.mime)}`}
        sandbox={hasScripts ? "allow-scripts" : ""}
        referrerpolicy="no-referrer"
        loading="lazy"
      />
      <p class="frame-tools">
        <button class="quiet" aria-pressed={isTall} onClick={() => setIsTall(!isTall)}>{isTall ? "Shorter" : "Taller"}</button>
        <a href={url} target="_blank" rel="noopener">Alone in a tab</a>
        {info?.scripts && part.mime === "text/html" && !hasScripts && (
          <button class="quiet" onClick={() => setHasScripts(true)} title="In a frame that reaches neither this page nor its session">
            Run its scripts
          </button>
        )}
      </p>
    </div>
  );
}
