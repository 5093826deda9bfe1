import { realpathSync } from "node:fs";
import { join } from "node:path";
import { isLeaderError } from "@leader/graph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPipeline, type Pipeline, type RestoreOptions } from "../src/index.js";
import { collect, fixturePlugin, makeFolder, picture, removeFolder } from "./host-fixture.js";
import { failureOf, imageOf, loadFixture, restoreOnce, until, y } from "./restore-fixture.js";

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "fixture.js": fixturePlugin });
});
afterAll(() => removeFolder(folder));

const load = (changes: Readonly<Record<string, string>> = {}): Promise<Pipeline> => loadFixture(folder, changes);

describe("restore in this process", () => {
  test("tells every step in order and shows the stages that were chosen", async () => {
    const { events, result } = await restoreOnce(await load(), { isolate: false }, { previewEvery: 2 });
    expect(result.status).toBe("fulfilled");
    expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i));
    expect(events.map((e) => e.type)).toEqual([
      "set-up",
      "run-start",
      "set-up",
      "set-up",
      "set-up",
      ...["graph-compile", "graph-compile", "graph-compile"],
      ...["step-start", "preview", "schedule-decision", "step-end"],
      ...["step-start", "schedule-decision", "step-end"],
      ...["step-start", "preview", "schedule-decision", "step-end"],
      ...["step-start", "schedule-decision", "step-end"],
      "run-end",
    ]);
    const start = events.find(({ type }) => type === "run-start");
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
