import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { AnyStage } from "@leader/core";
import type { Backend } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runTrial } from "../src/doctor/run-trial.js";
import { tryBackend } from "../src/doctor/trial.js";
import { makeFolder } from "./host-fixture.js";

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({
    "aborting.mjs": 'process.stderr.write("terminate called\\nno such device\\n", () => process.kill(process.pid, "SIGABRT"));',
    "leaving.mjs": "process.exit(7);",
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type BackendStage = Extract<AnyStage, { readonly kind: "backend" }>;
const stageOf = (create: (options: unknown) => Backend): BackendStage => ({
  kind: "backend",
  summary: "",
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create,
});

describe("a trial", () => {
  it("asks for no fallback, and compares with the interpreter", async () => {
    let asked: unknown;
    const trial = await tryBackend(
      stageOf((options) => {
        asked = options;
        return referenceBackend();
      }),
    );
    expect(asked).toEqual({ allowFallback: false });
    expect(trial).toMatchObject({ works: true, description: expect.stringContaining("reference") as string, largestError: 0 });
  });

  it("tells wrong numbers from right ones, NaN too", async () => {
    for (const change of [(value: number) => 1.01 * value, () => NaN]) {
      const trial = await tryBackend(stageOf(() => distorted(change)));
      expect(trial).toMatchObject({ works: false, reason: expect.stringContaining("wrong numbers") as string });
    }
  });

  it("names what a backend says when it does not start", async () => {
    const stage = stageOf(() => {
      throw new Error("no adapter");
    });
    expect(await tryBackend(stage)).toEqual({ works: false, reason: "no adapter" });
  });
});

describe("the process of a trial", () => {
  it("reports how it died, with its last words", async () => {
    expect(await runTrial("a", "b", join(folder, "aborting.mjs"))).toMatchObject({
      works: false,
      reason: "its process was ended by SIGABRT: no such device",
    });
    expect(await runTrial("a", "b", join(folder, "leaving.mjs"))).toMatchObject({
      works: false,
      reason: "its process ended with exit code 7",
    });
  });

  it("tries a bundled backend", async () => {
    const child = fileURLToPath(new URL("../dist/doctor/child.js", import.meta.url));
    expect(await runTrial("@leader/backend-tfjs", "wasm", child)).toMatchObject({
      works: true,
      description: expect.stringMatching(/^tfjs .* wasm/u) as string,
    });
    expect(await runTrial("@leader/backend-onnx", "nothing", child)).toMatchObject({
      works: false,
      reason: expect.stringContaining("no backend `nothing`") as string,
    });
  });
});

/** The reference backend with its results changed. */
function distorted(change: (value: number) => number): Backend {
  const backend = referenceBackend();
  return {
    ...backend,
    compile: async (graph) => {
      const executable = await backend.compile(graph);
      return {
        ...executable,
        [Symbol.asyncDispose]: () => executable[Symbol.asyncDispose](),
        run: async (inputs) =>
          (await executable.run(inputs)).map((output) => ({
            shape: output.shape,
            dtype: output.dtype,
            read: async () => {
              const value = await output.read();
              return { ...value, data: Float32Array.from(value.data, change) };
            },
            [Symbol.dispose]: () => {
              output[Symbol.dispose]();
            },
          })),
      };
    },
  };
}
