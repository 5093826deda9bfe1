import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { sourceEntryPoints } from "./tools/scripts/workspace-packages.mjs";

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

const everyTest = ["packages", "apps", "tools"].flatMap((top) => [`${top}/**/src/**/*.test.ts`, `${top}/**/test/**/*.test.ts`]);
const neverTests = ["**/node_modules/**", "**/dist/**", "**/templates/**"];

/** Tests of TensorFlow.js: it keeps its device and its threads in global state. */
const devices = ["packages/backends/tfjs/**/*.test.ts", "apps/cli/test/tfjs-backend.test.ts"];

/** Tests that start processes and look at what they leave behind, or that change the process that they run in. */
const processes = [
  "apps/cli/test/{bench,bench-*,cli,doctor,engines,examples,host-*,hostile-*,import-lpips,installed-*,light-child,report-browser,serve}.test.ts",
  "apps/server/**/*.test.ts",
  "packages/queue/**/*.test.ts",
  "packages/leader/**/*.test.ts",
  "packages/create-leader-plugin/test/packed.test.ts",
  "tools/**/*.test.ts",
];

/** Two workers that each compute on every processor would only wait for each other. */
const oneThread = ["./tools/scripts/one-thread.mjs"];

export default defineConfig({
  // Tests run from source: a stale build can then never decide a result.
  resolve: {
    alias: [...sourceEntryPoints()].map(([name, replacement]) => ({ find: new RegExp(`^${escape(name)}$`), replacement })),
  },
  test: {
    pool: "forks",
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What one test leaves must not decide another.
    env: { LEADER_CACHE: "off" },
    projects: [
      {
        extends: true,
        test: {
          name: "pure",
          include: everyTest,
          exclude: [...neverTests, ...devices, ...processes],
          setupFiles: oneThread,
          // Nothing here outlives a test, so the files of one worker share the modules that they import.
          isolate: false,
        },
      },
      { extends: true, test: { name: "processes", include: processes, exclude: neverTests, setupFiles: oneThread } },
      { extends: true, test: { name: "devices", include: devices, exclude: neverTests } },
    ],
  },
});
