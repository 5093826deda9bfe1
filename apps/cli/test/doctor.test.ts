import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnyStage } from "@leader/core";
import type { Backend } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tryBackend } from "../src/worker/trial.js";
import { makeFolder } from "./host-fixture.js";
import { recordsOf, runCli } from "./run-cli.js";

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({ "aborting.mjs": plugin(aborting), "blocking.mjs": plugin(blocking) });
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

/** A plugin with a backend whose `create` is this. */
const plugin = (create: string): string => `
import { writeFileSync } from "node:fs";
const options = { "~standard": { version: 1, vendor: "example", validate: (value) => ({ value }) } };
const hostile = { kind: "backend", summary: "hostile", options, create() { ${create} } };
export default { apiVersion: "1.0", name: "hostile", version: "1.0.0", stages: { hostile } };
`;
const aborting = `
process.stderr.write("terminate called\\nno such device\\n", () => process.kill(process.pid, "SIGABRT"));
return new Promise(() => undefined);`;
const blocking = "writeFileSync(process.env.LEADER_TRIAL_PID, String(process.pid)); for (;;);";

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** What `look` finds, as soon as there is anything. */
async function found<T>(look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const value = look();
    if (value !== undefined) return value;
    await sleep(100);
  }
  throw new Error("nothing was found in 30 s");
}

describe("the process of a trial", () => {
  it("reports how it died, with its last words, and what works", async () => {
    const end = await runCli(["doctor", "./aborting.mjs", "--json"], { cwd: folder });
    const trials = new Map(recordsOf(end).map(({ use, ...trial }) => [use, trial]));
    expect(trials.get("@leader/backend-tfjs#wasm")).toMatchObject({
      works: true,
      description: expect.stringMatching(/^tfjs .* wasm/u) as string,
    });
    expect(trials.get("./aborting.mjs#hostile")).toMatchObject({
      works: false,
      reason: expect.stringMatching(/SIGABRT.*no such device/su) as string,
      hint: expect.stringContaining("does not fit this machine") as string,
    });
    expect(end.code).toBe(0);
  }, 60_000);

  it.each(["SIGTERM", "SIGKILL"] as const)(
    "ends with a command that %s ends, though it is blocked",
    async (signal) => {
      const place = join(folder, `pid-${signal}`);
      let command: ChildProcess | undefined;
      const ended = runCli(["doctor", "./blocking.mjs"], {
        cwd: folder,
        env: { LEADER_TRIAL_PID: place },
        started: (child) => (command = child),
      });
      const pid = await found(() =>
        existsSync(place) && readFileSync(place, "utf8") !== "" ? Number(readFileSync(place, "utf8")) : undefined,
      );
      command!.kill(signal);
      expect((await ended).code).toBe(signal === "SIGTERM" ? 143 : null);
      await found(() => (isThere(pid) ? undefined : true));
    },
    90_000,
  );
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
