import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ProgressWatch } from "../src/host/child/progress-watch.js";
import { SupervisedWorker, type SessionLimits } from "../src/index.js";
import { makeFolder, removeFolder } from "./host-fixture.js";

const dist = new URL("../dist/index.js", import.meta.url).href;
const entrySource = `
import { serve } from ${JSON.stringify(dist)};
serve({
  pid: async () => process.pid,
  echo: async (value) => value,
  "leave-after": async () => { setTimeout(() => process.reallyExit(0), 0); return process.pid; },
  leave: async () => process.reallyExit(0),
  block: async () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); },
  wait: async (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  timer: async () => { setInterval(() => {}, 1000); return process.pid; },
  throws: async () => { throw new TypeError("no such thing"); },
  step: async (fails, emit) => {
    for (const type of ["step-start", "schedule-decision", "step-end", "step-start", "schedule-decision", "step-end"]) emit({ type });
    if (fails) throw new TypeError("after a step");
  },
}, async () => {});
`;

let folder = "";
let worker: SupervisedWorker | undefined;
beforeAll(async () => {
  folder = await makeFolder({ "entry.mjs": entrySource });
});
afterAll(() => removeFolder(folder));
afterEach(async () => worker?.[Symbol.asyncDispose]());

const make = (limits: SessionLimits = {}): SupervisedWorker =>
  (worker = new SupervisedWorker({ entry: join(folder, "entry.mjs"), limits }));
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a supervised worker", () => {
  test("answers, and brings errors back", async () => {
    const made = make();
    const value = { n: 1, data: Float32Array.of(1, 2) };
    expect(await made.call({ method: "echo", argument: value })).toEqual(value);
    await expect(made.call({ method: "throws", argument: undefined })).rejects.toThrow(/no such thing/u);
    await expect(made.call({ method: "constructor", argument: undefined })).rejects.toMatchObject({ code: "LEADER_CHILD_PROTOCOL" });
  });

  test("that died while it was idle does not fail the next call", async () => {
    const made = make();
    const first = (await made.call({ method: "pid", argument: undefined })) as number;
    process.kill(first, "SIGKILL");
    // At once, before anything here can know of it.
    expect(await made.call({ method: "pid", argument: undefined })).not.toBe(first);
    const second = (await made.call({ method: "leave-after", argument: undefined })) as number;
    await sleep(50);
    expect(await made.call({ method: "pid", argument: undefined })).not.toBe(second);
  });

  test("that ends during a call is an error of that call", async () => {
    const made = make();
    await expect(made.call({ method: "leave", argument: undefined })).rejects.toMatchObject({
      code: "LEADER_CHILD_CRASHED",
      message: expect.stringContaining("exit code 0") as string,
    });
    expect(await made.call({ method: "echo", argument: 1 })).toBe(1);
  });

  test("with a live timer is gone at once when it is closed", async () => {
    const made = make();
    const pid = (await made.call({ method: "timer", argument: undefined })) as number;
    await made[Symbol.asyncDispose]();
    expect(isAlive(pid)).toBe(false);
  });

  test("that hangs is ended without a limit of time", async () => {
    await expect(make({ stallSeconds: 0.5 }).call({ method: "block", argument: undefined })).rejects.toMatchObject({
      code: "LEADER_TIME_STALLED",
    });
  });

  test("obeys limits of any size", async () => {
    await expect(make({ seconds: 0.3 }).call({ method: "wait", argument: 60_000 })).rejects.toMatchObject({ code: "LEADER_TIME_LIMIT" });
    // A timer of more than 2^31 ms would fire at once.
    await make({ seconds: 2_147_484 }).call({ method: "wait", argument: 100 });
    await expect(make({ memoryMiB: 10 }).call({ method: "wait", argument: 60_000 })).rejects.toMatchObject({ code: "LEADER_MEMORY_LIMIT" });
  });

  test("that is stopped is closed by force, and the parent ends with its own exit code", async () => {
    const script = join(folder, "parent.mjs");
    await writeFile(
      script,
      `import { SupervisedWorker } from ${JSON.stringify(dist)};
       const worker = new SupervisedWorker({ entry: ${JSON.stringify(join(folder, "entry.mjs"))} });
       const pid = await worker.call({ method: "pid" });
       process.kill(pid, "SIGSTOP");
       await worker[Symbol.asyncDispose]();
       console.log(pid);`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    parent.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    expect((await once(parent, "close"))[0]).toBe(0);
    expect(Number(printed)).toBeGreaterThan(0);
    expect(isAlive(Number(printed))).toBe(false);
  });
});

describe("limits", () => {
  test.each([
    { memoryMiB: Number.NaN },
    { seconds: Number.NaN },
    { seconds: 0 },
    { memoryMiB: -1 },
    { seconds: "5" },
    { stallSeconds: null },
  ])("%j is refused", (limits) => {
    expect(() => make(limits as never)).toThrow(expect.objectContaining({ code: "LEADER_LIMIT_INVALID" }) as Error);
  });
});

describe("events", () => {
  test.each([false, true])("arrive in their order, and before the answer (a failure: %s)", async (fails) => {
    const seen: unknown[] = [];
    const answer = make().call({ method: "step", argument: fails }, { onEvent: (event) => seen.push(event) });
    if (fails) await expect(answer).rejects.toThrow("after a step");
    else await answer;
    const step = ["step-start", "schedule-decision", "step-end"].map((type) => ({ type }));
    expect(seen).toEqual([...step, ...step]);
  });
});

describe("the watch over progress", () => {
  test("allows the first time until three steps are known, then twenty usual steps, at least a minute", () => {
    const watch = new ProgressWatch(1000);
    expect(watch.pass(999)).toBeUndefined();
    expect(watch.pass(2)).toBe(1000);
    for (let i = 0; i < 3; i++) {
      watch.progress(false);
      watch.pass(5);
      watch.progress(true);
    }
    expect(watch.pass(99)).toBeUndefined();
    expect(watch.pass(2)).toBe(100);
  });

  test("knows how long a step takes by its end, whatever is heard on the way", () => {
    const watch = new ProgressWatch(10_000);
    for (let i = 0; i < 4; i++) {
      watch.progress(false);
      watch.pass(120);
      // The decision comes when the network has run, and the end of the step soon after.
      watch.progress(false);
      watch.pass(1);
      watch.progress(true);
    }
    watch.progress(false);
    expect(watch.pass(20 * 121 - 1)).toBeUndefined();
    expect(watch.pass(2)).toBe(20 * 121);
  });

  test("does not count time that turns out to have been spent in line for a processor", () => {
    const watch = new ProgressWatch(100);
    for (let i = 0; i < 50; i++) {
      expect(watch.pass(10)).toBeUndefined();
      expect(watch.pass(-9)).toBeUndefined();
    }
    expect(watch.pass(-1000)).toBeUndefined();
    expect(watch.pass(99)).toBeUndefined();
    expect(watch.pass(2)).toBe(100);
  });

  test("allows a minute to fast runs", () => {
    const watch = new ProgressWatch(1000);
    for (let i = 0; i < 5; i++) {
      watch.pass(0.01);
      watch.progress(true);
    }
    expect(watch.pass(59)).toBeUndefined();
    expect(watch.pass(2)).toBe(60);
  });
});
