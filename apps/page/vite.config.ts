import { defineConfig } from "vite";

export default defineConfig({
  // Addresses relative to the page: it works behind a proxy that puts it below a path.
  base: "./",
  logLevel: "warn",
  build: {
    outDir: "dist/site",
    emptyOutDir: true,
    target: "es2022",
    // A `data:` address would not pass the policy that the service sends along.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    reportCompressedSize: false,
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8080", "/docs": "http://127.0.0.1:8080" } },
});
