import { defineConfig } from "vite";

// Relative addresses: the page also works behind a proxy that serves it under a path.
export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    // The policy of the page allows no inline scripts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
});
