import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { isLeaderError } from "@leader/graph";
import type { PipelineEvent } from "@leader/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createPipeline,
  isConfigError,
  parsePipeline,
  type Pipeline,
  type RestoreOptions,
  type Run,
  type Session,
  type SessionOptions,
} from "../src/index.js";
import { collect, fixturePipeline, fixturePlugin, makeFolder, picture, removeFolder } from "./host-fixture.js";

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "fixture.js": fixturePlugin });
});
afterAll(() => removeFolder(folder));

const y = picture([1, 1, 4, 5]);
const load = (changes: Readonly<Record<string, string>> = {}): Promise<Pipeline> =>
  parsePipeline(fixturePipeline(changes), join(folder, "pipeline.yaml"));

async function restoreOnce(
  pipeline: Pipeline,
  sessionOptions: SessionOptions,
  options: RestoreOptions = {},
): Promise<{ events: readonly PipelineEvent[]; result: PromiseSettledResult<Awaited<Run["result"]>> }> {
  await using session = await pipeline.open(sessionOptions);
  const run = session.restore(y, options);
  const events = await collect(run.events);
  const [result] = await Promise.allSettled([run.result]);
  return { events, result };
}

async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> {
  const [settled] = await Promise.allSettled([promise]);
  if (settled.status === "fulfilled") throw new Error("expected a failure");
  return settled.reason as Error & { code?: string };
}

const until = async (
  session: Session,
  options: RestoreOptions,
  seen: (event: PipelineEvent) => boolean,
): Promise<{ run: Run; rest: Promise<readonly PipelineEvent[]> }> => {
  const run = session.restore(y, options);
  const iterator = run.events[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) throw new Error("the run ended before the event");
    if (seen(next.value)) return { run, rest: collect(run.events) };
  }
};

/** Numbers of the child processes of a process that run the computing entry. */
function childrenOf(pid: number): readonly number[] {
  return processes().flatMap(({ own, parent, command }) => (parent === pid && command.includes("host/child/main.js") ? [own] : []));
}

interface ProcessLine {
  readonly own: number;
  readonly parent: number;
  readonly command: string;
}

/** Slim systems have no `ps`; the others have no /proc. */
function processes(): readonly ProcessLine[] {
  if (process.platform !== "linux") {
    const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
    return lines
      .map((line) => line.trim().split(/\s+/u))
      .map(([own, parent, ...command]) => ({ own: Number(own), parent: Number(parent), command: command.join(" ") }));
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name): readonly ProcessLine[] => {
      try {
        const parent = /^PPid:\s+(\d+)/mu.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1];
        return [
          { own: Number(name), parent: Number(parent), command: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ") },
        ];
      } catch {
        // It ended while it was looked at.
        return [];
      }
    });
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("restore in this process", () => {
  test("tells every step in order and shows the stages that were chosen", async () => {
    const { events, result } = await restoreOnce(await load(), { isolate: false }, { previewEvery: 2 });
    expect(result.status).toBe("fulfilled");
    expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i));
    expect(events.map((e) => e.type)).toEqual([
      "run-start",
      ...["graph-compile", "graph-compile", "graph-compile"],
      ...["step-start", "preview", "schedule-decision", "step-end"],
      ...["step-start", "schedule-decision", "step-end"],
      ...["step-start", "preview", "schedule-decision", "step-end"],
      ...["step-start", "schedule-decision", "step-end"],
      "run-end",
    ]);
    const [start] = events;
    expect(start).toMatchObject({
      seed: 0,
      maxSteps: 4,
      stages: {
        scheduler: { use: "leader#uniform", with: { steps: 4 } },
        backend: { use: "leader#reference", with: { checkFinite: true } },
      },
    });
    const preview = events.find((e) => e.type === "preview");
    expect(preview).toMatchObject({ width: 5, height: 4 });
    expect(events.at(-1)).toMatchObject({ type: "run-end", outcome: "completed" });
  });

  test("depends on the seed and on the number of the image, and on nothing else", async () => {
    await using session = await (await load()).open({ isolate: false });
    const restored = async (options: RestoreOptions): Promise<readonly number[]> => [
      ...(await session.restore(y, options).result).image.data,
    ];
    const first = await restored({ seed: 1 });
    expect(await restored({ seed: 1 })).toEqual(first);
    expect(await restored({ seed: 2 })).not.toEqual(first);
    expect(await restored({ seed: 1, image: 1 })).not.toEqual(first);
  });

  test("compiles once for all images of a size", async () => {
    await using session = await (await load()).open({ isolate: false });
    const compiles = async (shape: readonly number[]): Promise<number> =>
      (await collect(session.restore(picture(shape)).events)).filter((e) => e.type === "graph-compile").length;
    expect([
      await compiles([1, 1, 4, 5]),
      await compiles([1, 1, 4, 5]),
      await compiles([1, 1, 6, 5]),
      await compiles([1, 1, 4, 5]),
    ]).toEqual([3, 0, 3, 0]);
  });

  test("stops when it is cancelled, and says so in the last event", async () => {
    const controller = new AbortController();
    await using session = await (await load({ scheduler: '{ use: "leader#uniform", with: { steps: 8 } }' })).open({ isolate: false });
    const { run, rest } = await until(session, { signal: controller.signal }, (e) => e.type === "step-start" && e.step === 1);
    controller.abort();
    expect((await failureOf(run.result)).code).toBe("LEADER_RUN_CANCELLED");
    expect((await rest).at(-1)).toMatchObject({ type: "run-end", outcome: "aborted" });
  });

  test("takes stage records in code", async () => {
    const { default: plugin } = (await import(/* @vite-ignore */ join(folder, "fixture.js"))) as {
      default: { stages: Readonly<Record<string, never>> };
    };
    const stages = plugin.stages;
    const pipeline = await createPipeline({
      operator: { use: stages["identity"]! },
      denoiser: { use: stages["gaussian"]! },
      baseline: { use: stages["ddim"]! },
      scheduler: { use: "leader#uniform", with: { steps: 4 } },
      backend: { use: "leader#reference" },
    });
    const inCode = await restoreOnce(pipeline, { isolate: false });
    const fromFile = await restoreOnce(await load(), { isolate: false });
    expect(inCode.result).toMatchObject({ status: "fulfilled" });
    expect(imageOf(inCode.result)).toEqual(imageOf(fromFile.result));
    expect((await failureOf(pipeline.open())).code).toBe("LEADER_CHILD_ONLY_TEXT");
  });
});

const imageOf = (result: PromiseSettledResult<Awaited<Run["result"]>>): readonly number[] => {
  if (result.status === "rejected") throw result.reason;
  return [...result.value.image.data];
};

/** The stacks of an error and of what caused it. */
const stacksOf = (error: unknown): string => (error instanceof Error ? `${error.stack ?? ""}\n${stacksOf(error.cause)}` : "");

describe("stages that misbehave while they run", () => {
  const cases = [
    {
      name: "nan",
      backend: '{ use: "leader#reference", with: { checkFinite: false } }',
      code: "LEADER_STAGE_NOT_FINITE",
      text: "denoiser",
    },
    { name: "nan", backend: '{ use: "leader#reference" }', code: "LEADER_NOT_FINITE", text: "gives" },
    {
      name: "throwing",
      backend: '{ use: "leader#reference" }',
      code: "LEADER_STAGE_FAILED",
      text: "denoiser ./fixture.js#throwing failed: TypeError: no such layer",
      throwsAt: "no such layer",
    },
    {
      name: "misshapen",
      backend: '{ use: "leader#reference" }',
      code: "LEADER_STAGE_MALFORMED",
      text: "expected x0 of type float32[1,1,4,5], received float32[20]",
    },
    {
      name: "gaussian",
      backend: '{ use: "./fixture.js#chatty" }',
      code: "LEADER_UNEXPECTED",
      text: "RangeError: no kernel",
      throwsAt: "no kernel",
    },
    {
      name: "tangled",
      backend: '{ use: "leader#reference" }',
      code: "LEADER_SHAPE_MISMATCH",
      text: "(in denoiser ./fixture.js#tangled",
      throwsAt: "x.add(x.reshape",
    },
  ];
  const lines = fixturePlugin.split("\n");
  test.each(cases)("$name: $code, in this process and in a child", async ({ name, backend, code, text, throwsAt }) => {
    const pipeline = await load({ denoiser: `{ use: "./fixture.js#${name}" }`, backend });
    for (const isolate of [false, true]) {
      const { events, result } = await restoreOnce(pipeline, { isolate });
      expect(result.status).toBe("rejected");
      const error = (result as { readonly reason: unknown }).reason as Error & { code: string; hint: string };
      expect(isLeaderError(error)).toBe(true);
      expect({ isolate, code: error.code }).toEqual({ isolate, code });
      expect(error.message).toContain(text);
      expect(error.hint).not.toBe("");
      if (throwsAt !== undefined) {
        // Whoever wrote the plugin is led to the line, also across the process.
        const place = `${join(realpathSync(folder), "fixture.js")}:${lines.findIndex((line) => line.includes(throwsAt)) + 1}:`;
        expect(error.message).toContain(place);
        expect(stacksOf(error)).toContain(place);
      }
      expect(events.at(-1)).toMatchObject({ type: "run-end", outcome: "failed" });
    }
  });
});

describe("restore in a child process", () => {
  test("gives the same bits as in this process, for several images", async () => {
    const pipeline = await load();
    await using here = await pipeline.open({ isolate: false });
    await using child = await pipeline.open();
    for (const seed of [0, 1]) {
      const [a, b] = [await here.restore(y, { seed }).result, await child.restore(y, { seed }).result];
      expect([...b.image.data]).toEqual([...a.image.data]);
      expect(b.steps).toEqual(a.steps);
    }
  });

  test("gives the same bits with the whole method on the analytic prior", async () => {
    const pipeline = await load({
      denoiser: '{ use: "leader#gaussian" }',
      ucpm: '{ use: "leader#ucpm" }',
      uncertainty: '{ use: "leader#finite-difference" }',
      scheduler: '{ use: "leader#satp", with: { steps: 12 } }',
    });
    const here = await restoreOnce(pipeline, { isolate: false }, { seed: 4 });
    const child = await restoreOnce(pipeline, {}, { seed: 4 });
    expect(imageOf(child.result)).toEqual(imageOf(here.result));
    const withoutTime = (events: readonly PipelineEvent[]): readonly unknown[] => events.map((event) => ({ ...event, ms: 0 }));
    expect(withoutTime(child.events)).toEqual(withoutTime(here.events));
    expect(here.events.filter((e) => e.type === "step-end").every((e) => Number.isFinite(e.observed["uncertainty"]))).toBe(true);
  });

  test("acknowledges a cancellation while native code computes, and works on", async () => {
    await using session = await (await load({ backend: '{ use: "./fixture.js#blocking" }' })).open();
    const controller = new AbortController();
    const { run, rest } = await until(session, { signal: controller.signal }, (e) => e.type === "graph-compile" && e.graph === "update");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    controller.abort();
    expect((await failureOf(run.result)).code).toBe("LEADER_RUN_CANCELLED");
    expect(performance.now() - start).toBeLessThan(200);
    expect((await rest).at(-1)).toMatchObject({ type: "run-end", outcome: "aborted" });
    // The next run gets a new process once the blocking one has had its three seconds; it blocks as well, and the time limit of its own session does not exist, so cancel again.
    const again = new AbortController();
    const second = await until(session, { signal: again.signal }, (e) => e.type === "run-start");
    again.abort();
    expect((await failureOf(second.run.result)).code).toBe("LEADER_RUN_CANCELLED");
  });

  test("a run that waits for its turn can be cancelled", async () => {
    const controller = new AbortController();
    const session = await (await load({ backend: '{ use: "./fixture.js#blocking" }' })).open();
    const first = session.restore(y);
    const second = session.restore(y, { signal: controller.signal });
    controller.abort();
    expect((await failureOf(second.result)).code).toBe("LEADER_RUN_CANCELLED");
    await session[Symbol.asyncDispose]();
    expect((await failureOf(first.result)).code).toBe("LEADER_RUN_CANCELLED");
    expect((await failureOf(session.restore(y).result)).code).toBe("LEADER_SESSION_CLOSED");
  });

  test("survives a crash of the child, names the signal, and starts another", async () => {
    await using session = await (await load({ backend: '{ use: "./fixture.js#dying" }' })).open();
    for (let attempt = 0; attempt < 2; attempt++) {
      const run = session.restore(y);
      const events = await collect(run.events);
      const error = await failureOf(run.result);
      expect(error.code).toBe("LEADER_CHILD_CRASHED");
      expect(error.message).toContain("SIGABRT");
      expect(error.message).toContain("last event: graph-compile update");
      expect(error.message).toContain("last words");
      expect(error.hint).toContain("native code crashed");
      expect(events.at(-1)).toMatchObject({ type: "run-end", outcome: "failed" });
      expect(events).toContainEqual(expect.objectContaining({ type: "warning", code: "LEADER_CHILD_OUTPUT" }));
    }
  });

  test("names the exit code of a child that leaves", async () => {
    const { result } = await restoreOnce(await load({ backend: '{ use: "./fixture.js#leaving" }' }), {});
    expect(result).toMatchObject({
      status: "rejected",
      reason: { code: "LEADER_CHILD_CRASHED", message: expect.stringContaining("exit code 7") as string },
    });
  });

  test("ends a child that takes too much memory", async () => {
    const { result } = await restoreOnce(await load({ backend: '{ use: "./fixture.js#hoarding" }' }), { limits: { memoryMiB: 300 } });
    expect(result).toMatchObject({ status: "rejected", reason: { code: "LEADER_MEMORY_LIMIT" } });
  });

  test("ends a child that takes too long", async () => {
    const { result } = await restoreOnce(await load({ backend: '{ use: "./fixture.js#blocking" }' }), { limits: { seconds: 0.3 } });
    expect(result).toMatchObject({ status: "rejected", reason: { code: "LEADER_TIME_LIMIT" } });
  });

  test("brings configuration errors back with their diagnostics", async () => {
    const pipeline = await load({ baseline: '{ use: "./fixture.js#picky" }' });
    const { result } = await restoreOnce(pipeline, {});
    const reason: unknown = (result as PromiseRejectedResult).reason;
    expect(isConfigError(reason)).toBe(true);
    const { diagnostics, place } = reason as { diagnostics: readonly { code: string; line: number }[]; place: unknown };
    expect(diagnostics.map((d) => [d.code, d.line])).toEqual([
      ["LEADER_STAGE_INCOMPATIBLE", 4],
      ["LEADER_STAGE_INCOMPATIBLE", 4],
    ]);
    expect(place).toMatchObject({ line: 4, column: 18 });
  });

  test("is gone when its session is closed", async () => {
    const session = await (await load({ baseline: '{ use: "./fixture.js#ddim" }' })).open();
    const [child] = childrenOf(process.pid);
    expect(child).toBeDefined();
    await session[Symbol.asyncDispose]();
    expect(isAlive(child!)).toBe(false);
  });

  test("is gone soon after its parent was killed, even while native code computes", async () => {
    const script = `
      import { parsePipeline } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
      const pipeline = await parsePipeline(${JSON.stringify(fixturePipeline({ backend: '{ use: "./fixture.js#blocking" }' }))}, ${JSON.stringify(join(folder, "pipeline.yaml"))});
      const session = await pipeline.open();
      const y = { shape: [1, 1, 4, 5], dtype: "float32", data: new Float32Array(20) };
      for await (const event of session.restore(y).events) if (event.type === "graph-compile" && event.graph === "update") console.log("computing");`;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
    const first = await Promise.race([once(parent.stdout, "data").then(() => "computing"), once(parent, "exit").then(() => "exit")]);
    expect(first).toBe("computing");
    const [child] = childrenOf(parent.pid!);
    expect(child !== undefined && isAlive(child)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isAlive(child!), { timeout: 20_000 }).toBe(false);
  });

  test("is built", () => {
    expect(existsSync(new URL("../dist/host/child/main.js", import.meta.url))).toBe(true);
  });
});
