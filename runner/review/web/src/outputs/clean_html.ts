// Markup of outputs that may stand in the page itself: plain tables and Markdown, held to a short
// list of elements without styles, forms, ids and foreign images. All else goes to the frame.

import DOMPurify from "dompurify";
import { marked } from "marked";

const kTags =
  "a b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s small span strong sub summary sup table tbody td tfoot th thead tr tt u ul var".split(
    " ",
  );
const kAttributes = ["align", "alt", "colspan", "href", "rowspan", "scope", "src", "start", "title"];

const purifier = DOMPurify(window);
purifier.addHook("afterSanitizeAttributes", (element) => {
  if (element instanceof HTMLAnchorElement && element.hasAttribute("href")) {
    element.target = "_blank";
    element.rel = "noopener noreferrer nofollow";
  }
  if (element instanceof HTMLImageElement && !/^data:image\/(png|jpeg|gif|webp);/.test(element.getAttribute("src") ?? "")) {
    element.replaceWith(["[image", element.alt || element.getAttribute("src")].filter(Boolean).join(" ") + "]");
  }
});

function purify(html: string): DocumentFragment {
  return purifier.sanitize(html, {
    ALLOWED_TAGS: kTags,
    ALLOWED_ATTR: kAttributes,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|data:image\/(?:png|jpeg|gif|webp);)/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}

export function markdownFragment(markdown: string): DocumentFragment {
  const fragment = purify(marked.parse(markdown, { async: false, gfm: true }) as string);
  // The page's own headings end at the cell's name, the third level.
  for (const heading of fragment.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    rename(heading, `h${Math.min(6, Number(heading.localName[1]) + 3)}`);
  }
  return fragment;
}

function rename(element: Element, name: string): void {
  const renamed = document.createElement(name);
  renamed.append(...element.childNodes);
  for (const { name: attribute, value } of element.attributes) renamed.setAttribute(attribute, value);
  element.replaceWith(renamed);
}

/// A table and nothing that needs more: what pandas, polars and R's data frames say of themselves.
/// Null where something would be lost: then the frame shows it whole.
export function tableFragment(html: string): DocumentFragment | null {
  if (html.length > 2_000_000 || !/<table/i.test(html)) return null;
  const parsed = new DOMParser().parseFromString(withoutStyles(html), "text/html");
  const all = [...parsed.body.querySelectorAll("*")];
  const isPlain = all.every(
    (element) =>
      /^(a|b|br|caption|code|col|colgroup|div|em|i|p|small|span|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|ul|li)$/i.test(
        element.localName,
      ) && !hasStyledCells(element),
  );
  if (!isPlain || parsed.head.children.length > 0) return null;
  const fragment = purify(parsed.body.innerHTML);
  fragment.querySelectorAll("th:empty").forEach((corner) => rename(corner, "td"));
  return fragment;
}

/// The page's policy forbids styles and says so of each that is parsed; what asks for one is looked
/// at as plain data.
function withoutStyles(html: string): string {
  return html
    .replace(/<style[\s/>][^]*?(<\/style\s*>|$)/gi, (_, end) => (end ? "" : "<style>"))
    .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="));
}

/// A data frame's own alignment is no loss; colours that somebody chose are.
function hasStyledCells(element: Element): boolean {
  const style = element.getAttribute("data-style") ?? element.getAttribute("style") ?? "";
  return /background|color|display|position/i.test(style) || (element.id !== "" && /^T_/.test(element.id));
}
