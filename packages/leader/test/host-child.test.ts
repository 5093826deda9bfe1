import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PipelineEvent } from "@leader/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isConfigError, type Pipeline } from "../src/index.js";
import { collect, fixturePipeline, fixturePlugin, makeFolder, removeFolder } from "./host-fixture.js";
import { failureOf, imageOf, loadFixture, restoreOnce, until, y } from "./restore-fixture.js";

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "fixture.js": fixturePlugin });
});
afterAll(() => removeFolder(folder));

const load = (changes: Readonly<Record<string, string>> = {}): Promise<Pipeline> => loadFixture(folder, changes);

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
