import { defineConfig } from "vitest/config";

// The suites sample on the processor: on a busy machine that takes longer than vitest allows by default.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
