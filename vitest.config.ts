import { defineConfig } from "vitest/config";
import { sourceEntryPoints } from "./tools/scripts/workspace-packages.mjs";

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

export default defineConfig({
  // Tests run from source: a stale build can then never decide a result.
  resolve: {
    alias: [...sourceEntryPoints()].map(([name, replacement]) => ({ find: new RegExp(`^${escape(name)}$`), replacement })),
  },
  test: {
    pool: "forks",
    include: ["packages", "apps", "tools"].flatMap((top) => [`${top}/**/src/**/*.test.ts`, `${top}/**/test/**/*.test.ts`]),
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
