// Makes a C++ file of what Vite built: node embed.mjs FOLDER FILE.cc
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";

const contentTypes = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

function filesUnder(folder, path = "") {
  return readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(folder, `${path}/${entry.name}`) : [`${path}/${entry.name}`],
  );
}

// Octal escapes of three digits end by themselves, whatever follows.
const escapes = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (character === "\n") return "\\n";
  if (character === '"' || character === "\\" || character === "?") return `\\${character}`;
  return byte >= 32 && byte < 127 ? character : `\\${byte.toString(8).padStart(3, "0")}`;
});

function literal(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 90) {
    lines.push(`    "${Array.from(bytes.subarray(at, at + 90), (byte) => escapes[byte]).join("")}"`);
  }
  return lines.join("\n") || '    ""';
}

const [folder, out] = process.argv.slice(2);
const assets = filesUnder(folder).sort().map((path) => {
  const contentType = contentTypes[extname(path)];
  if (!contentType) throw new Error(`embed: ${path}: no content type for ${extname(path)}; add it here`);
  const bytes = readFileSync(join(folder, path));
  return `    {"${path}", "${contentType}",\n     std::string_view(\n${literal(bytes)},\n     ${bytes.length})},`;
});
writeFileSync(
  out,
  `#include "runner/review/api/page_assets.h"

namespace cellar {
namespace {
constexpr PageAsset kAssets[] = {
${assets.join("\n")}
};
}  // namespace
std::span<const PageAsset> PageAssets() { return kAssets; }
}  // namespace cellar
`,
);
