import { describe, expect, it } from "vitest";
import type { ComputingProcess, Ended } from "./child-process.js";
import { ProgressWatch } from "./progress-watch.js";
import { supervise, type Supervised, type Watch } from "./supervise.js";

/** A computing process of which only the outside exists: the test ends it. */
function fakeProcess(pid?: number) {
  let end: (how: Ended) => void = () => undefined;
  const ended = new Promise<Ended>((resolve) => (end = resolve));
  const state = { kills: 0 };
  const kill = (): void => {
    state.kills++;
  };
  const child = { pid, ended, lastWords: "last words", kill } as unknown as ComputingProcess;
  return { child, state, end };
}

const never = new Promise<number>(() => undefined);
const watching = (more: Partial<Watch> = {}): Watch => ({
  signals: [],
  memoryMiB: Infinity,
  progress: new ProgressWatch(1800),
  last: () => "step 3",
  ...more,
});
const errorOf = ({ value }: Supervised<unknown>): unknown => ("error" in value ? value.error : undefined);

describe("an answer", () => {
  it("is passed on, and so is an error; the process lives", async () => {
    const { child, state } = fakeProcess();
    expect(await supervise(child, Promise.resolve(7), watching())).toEqual({ value: { result: 7 }, alive: true });
    const problem = new Error("no");
    expect(await supervise(child, Promise.reject(problem), watching())).toEqual({ value: { error: problem }, alive: true });
    expect(state.kills).toBe(0);
  });

  it("ends the watch: what comes later kills nothing", async () => {
    const { child, state } = fakeProcess(process.pid);
    const controller = new AbortController();
    await supervise(child, Promise.resolve(7), watching({ signals: [controller.signal], seconds: 0.02, memoryMiB: 1 }));
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(state.kills).toBe(0);
  });
});

describe("a process that ends before it answers", () => {
  it.each<readonly [string, Ended, RegExp, RegExp]>([
    [
      "by a signal of native code",
      { code: null, signal: "SIGSEGV" },
      /was ended by SIGSEGV \(step 3\).*last words/u,
      /native code crashed/u,
    ],
    ["by a signal of the system", { code: null, signal: "SIGKILL" }, /was ended by SIGKILL/u, /out of memory/u],
    ["as a shell tells an abort", { code: 134, signal: null }, /exit code 134/u, /native code crashed/u],
    ["by itself", { code: 7, signal: null }, /ended by itself with exit code 7/u, /out of memory/u],
    ["before it began", { code: null, signal: null }, /could not be started/u, /out of memory/u],
  ])("%s", async (_how, how, message, hint) => {
    const { child, end } = fakeProcess();
    const supervised = supervise(child, never, watching());
    end(how);
    const result = await supervised;
    expect(result.alive).toBe(false);
    const expected = { code: "LEADER_CHILD_CRASHED", message: expect.stringMatching(message) as string };
    expect(errorOf(result)).toMatchObject({ ...expected, hint: expect.stringMatching(hint) as string });
  });
});

describe("a process that must end", () => {
  it.each([true, false])("is killed at once where the run is cancelled (before it began: %s)", async (before) => {
    const { child, state } = fakeProcess();
    const controller = new AbortController();
    if (before) controller.abort();
    const supervised = supervise(child, never, watching({ signals: [new AbortController().signal, controller.signal] }));
    controller.abort();
    const result = await supervised;
    expect(result.alive).toBe(false);
    expect(errorOf(result)).toMatchObject({ code: "LEADER_RUN_CANCELLED", message: "the run was cancelled (step 3)" });
    expect(state.kills).toBe(1);
  });

  it("is killed where it takes too long", async () => {
    const { child, state } = fakeProcess();
    const result = await supervise(child, never, watching({ seconds: 0.02 }));
    expect(result.alive).toBe(false);
    expect(errorOf(result)).toMatchObject({ code: "LEADER_TIME_LIMIT", message: expect.stringContaining("0.02 s (step 3)") as string });
    expect(state.kills).toBe(1);
  });

  it.skipIf(process.platform !== "linux")(
    "is killed where it takes too long of its own, which time in line for a processor is not",
    async () => {
      const sleeping = fakeProcess(process.pid);
      const result = await supervise(sleeping.child, never, watching({ ownSeconds: 0.1 }));
      expect(errorOf(result)).toMatchObject({ code: "LEADER_TIME_LIMIT", message: expect.stringContaining("0.1 s (step 3)") as string });
    },
  );

  it("is killed where it stays silent for too long", async () => {
    const { child, state } = fakeProcess();
    const result = await supervise(child, never, watching({ progress: new ProgressWatch(0.01) }));
    expect(result.alive).toBe(false);
    expect(errorOf(result)).toMatchObject({ code: "LEADER_TIME_STALLED", message: expect.stringContaining("(step 3)") as string });
    expect(state.kills).toBe(1);
  });

  it("is killed where it holds too much memory, and not below", async () => {
    const small = fakeProcess(process.pid);
    const result = await supervise(small.child, never, watching({ memoryMiB: 1 }));
    expect(result.alive).toBe(false);
    expect(errorOf(result)).toMatchObject({
      code: "LEADER_MEMORY_LIMIT",
      message: expect.stringMatching(/limit is 1 MiB \(step 3\)/u) as string,
    });
    expect(small.state.kills).toBe(1);
    const large = fakeProcess(process.pid);
    const late = new Promise<string>((resolve) => setTimeout(() => resolve("done"), 150));
    expect(await supervise(large.child, late, watching({ memoryMiB: 1e6 }))).toEqual({ value: { result: "done" }, alive: true });
    expect(large.state.kills).toBe(0);
  });

  it("tells what it did last, not what it did when it was asked", async () => {
    const { child, end } = fakeProcess();
    let last = "step 0";
    const supervised = supervise(child, never, watching({ last: () => last }));
    last = "step 9";
    end({ code: 1, signal: null });
    expect(errorOf(await supervised)).toMatchObject({ message: expect.stringContaining("(step 9)") as string });
  });
});
