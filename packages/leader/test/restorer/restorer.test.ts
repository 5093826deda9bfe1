import { execFileSync } from "node:child_process";
import { createReadStream, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createPool,
  createRestorer,
  decodePicture,
  isConfigError,
  readPicture,
  writePicture,
  type Progress,
  type RestorerInput,
} from "../../src/index.js";
import { fixturePipeline, fixturePlugin, makeFolder, removeFolder } from "../host-fixture.js";

let folder = "";
let pipeline = "";
beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "fixture.js": fixturePlugin });
  pipeline = join(folder, "pipeline.yaml");
  writeFileSync(pipeline, fixturePipeline({ scheduler: '{ use: "leader#uniform", with: { steps: 8 } }' }));
  const data = Float32Array.from({ length: 48 }, (_, i) => Math.sin(i) / 2);
  await writePicture(join(folder, "in.png"), { shape: [1, 3, 4, 4], dtype: "float32", data });
});
afterAll(() => removeFolder(folder));

const failureOf = async (promise: PromiseLike<unknown>): Promise<{ code?: string; retryable?: boolean }> =>
  await promise.then(
    () => ({}),
    (error: unknown) => error as { code?: string; retryable?: boolean },
  );

/** Processes that this one has started and that still live. */
const children = (): readonly string[] =>
  execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes("child/main.js"));

/** Resident memory of one of them. */
const residentMiB = (line: string): number =>
  Number(execFileSync("ps", ["-o", "rss=", "-p", line.trim().split(" ")[0]!], { encoding: "utf8" })) / 1024;

describe("createRestorer", () => {
  test("gives several samples of one measurement, the first as alone, with their mean and deviation", async () => {
    await using restorer = await createRestorer(pipeline, { set: ["samples=3"] });
    const seen: Progress[] = [];
    const restoration = restorer.restore(join(folder, "in.png"));
    for await (const progress of restoration) seen.push(progress);
    const restored = await restoration;
    const alone = await restorer.restore(join(folder, "in.png"), { samples: 1 });
    expect(alone.samples).toEqual([alone]);
    expect(alone.spread).toBeUndefined();
    expect([...restored.image.data]).toEqual([...alone.image.data]);
    expect(restored.samples.map(({ run }) => run.made.image - alone.run.made.image)).toEqual([0, 1, 2]);
    const third = await restorer.restore(join(folder, "in.png"), { samples: 1, image: alone.run.made.image + 2 });
    expect([...third.image.data]).toEqual([...restored.samples[2]!.image.data]);
    const values = restored.samples.map(({ image }) => image.data[7]!);
    const mean = (values[0]! + values[1]! + values[2]!) / 3;
    expect(new Set(values).size).toBe(3);
    expect(restored.spread?.mean.data[7]).toBeCloseTo(mean, 6);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2;
    expect(restored.spread?.deviation.data[7]).toBeCloseTo(Math.sqrt(variance), 6);
    // One fraction for all of them, and the evaluations of all.
    const fractions = seen.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(fractions.some((fraction) => fraction > 0.4 && fraction < 0.6)).toBe(true);
    expect(seen.at(-1)?.evaluations).toBe(3 * alone.run.evaluations);
    for (const samples of [0, 1.5, 1001, Number.NaN])
      expect(await failureOf(restorer.restore(join(folder, "in.png"), { samples }))).toMatchObject({ code: "LEADER_SAMPLES_COUNT" });
  });

  test("takes a path, a URL, bytes, streams and arrays, and gives the same picture", async () => {
    await using restorer = await createRestorer(pipeline);
    const path = join(folder, "in.png");
    const bytes = readFileSync(path);
    const inputs: readonly RestorerInput[] = [
      path,
      new URL(`file://${path}`),
      bytes,
      new Uint8Array(bytes),
      new Uint8Array(bytes).buffer,
      createReadStream(path),
      new Blob([new Uint8Array(bytes)]).stream(),
      (await readPicture(path)).tensor,
    ];
    const pictures: Buffer[] = [];
    const array = inputs.at(-1)!;
    for (const input of inputs.slice(0, -1)) pictures.push(await (await restorer.restore(input, { seed: 3 })).toBuffer());
    for (const picture of pictures) expect(picture.equals(pictures[0]!)).toBe(true);
    // An array in memory is another input than the bytes of a file, which the record tells; the picture is the same.
    const plain = { record: false };
    const [ofArray, ofFile] = [await restorer.restore(array, { seed: 3 }), await restorer.restore(path, { seed: 3 })];
    expect((await ofArray.toBuffer("png", plain)).equals(await ofFile.toBuffer("png", plain))).toBe(true);
    expect((await ofArray.toBuffer()).equals(pictures[0]!)).toBe(false);
    expect(pictures[0]!.equals(await (await restorer.restore(path, { seed: 4 })).toBuffer())).toBe(false);
    const written = await restorer.restore(path, { seed: 3 });
    await written.save(join(folder, "out.png"));
    expect(readFileSync(join(folder, "out.png")).equals(pictures[0]!)).toBe(true);
    expect((await decodePicture(await written.toBuffer("webp"), "written")).tensor.shape).toEqual([1, 3, 4, 4]);
  });

  test("tells a progress that never falls and ends at 1, and throws where the run fails", async () => {
    await using restorer = await createRestorer(pipeline);
    const seen: Progress[] = [];
    for await (const progress of restorer.restore(join(folder, "in.png"))) seen.push(progress);
    const fractions = seen.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect([fractions[0], fractions.at(-1)]).toEqual([0, 1]);
    expect(new Set(fractions).size).toBeGreaterThan(6);
    const sigmas = seen.flatMap(({ sigma }) => (sigma === undefined ? [] : [sigma]));
    expect(sigmas).toEqual([...sigmas].sort((a, b) => b - a));
    expect(new Set(sigmas).size).toBe(new Set(seen.map(({ step }) => step)).size - 1);
    expect(seen.filter(({ etaSeconds }) => etaSeconds !== undefined).length).toBeGreaterThan(5);
    expect(await failureOf(restorer.restore(join(folder, "none.png")))).toMatchObject({ code: "LEADER_FILE_MISSING", retryable: false });
    expect(await failureOf(restorer.restore(Buffer.from("no picture")))).toMatchObject({
      code: "LEADER_PICTURE_UNREADABLE",
      retryable: false,
    });
    expect(await failureOf(restorer.restore(7 as never))).toMatchObject({ code: "LEADER_INPUT_UNKNOWN", retryable: false });
  });

  test("a cancelled restoration keeps the process and what it compiled", async () => {
    await using restorer = await createRestorer(pipeline);
    await restorer.warmUp({ width: 4, height: 4 });
    const before = children();
    expect(before).toHaveLength(1);
    const stop = new AbortController();
    const restoration = restorer.restore(join(folder, "in.png"), { signal: stop.signal });
    const cancelled = (async () => {
      for await (const { step } of restoration) if (step === 1) stop.abort();
    })();
    expect(await failureOf(cancelled)).toMatchObject({ code: "LEADER_RUN_CANCELLED", retryable: true });
    expect(children()).toEqual(before);
    const { run } = await restorer.restore(join(folder, "in.png"));
    expect(run.seconds.compile).toBe(0);
    expect(run.seconds.load).toBeLessThan(0.1);
    expect(run.outcome).toBe("completed");
  });

  test("makes the pipeline of a task, with the command line's defaults", async () => {
    await using restorer = await createRestorer({ task: "upscale", factor: 2 });
    const { config } = restorer.pipeline;
    expect([config.denoiser.use, config.backend.use, config.operator.use, config.baseline.use, config.scheduler.use]).toEqual([
      "leader#onnx-file",
      "@leader/backend-onnx#cpu",
      "@leader/operators#super-resolution",
      "@leader/baseline-ddnm#ddnm",
      "leader#satp",
    ]);
    expect(await failureOf(createRestorer({ task: "superresolution" as never }))).toMatchObject({ code: "LEADER_TASK_UNKNOWN" });
    expect(isConfigError(await failureOf(createRestorer("operator: 1\nbaseline: 2\n")))).toBe(true);
  });
});

describe("a task in code", () => {
  test("fills the transparent pixels of a picture, as the command line does: none is left, and what is seen is not changed by them", async () => {
    const path = join(folder, "holes.png");
    const data = Float32Array.from({ length: 3 * 256 }, (_, i) => Math.sin((i % 256) / 20) / 2);
    const alpha = {
      shape: [1, 1, 16, 16],
      dtype: "float32" as const,
      data: Float32Array.from({ length: 256 }, (_, i) => (i % 16 < 4 ? 0 : 1)),
    };
    await writePicture(path, { shape: [1, 3, 16, 16], dtype: "float32", data }, { alpha });
    await using restorer = await createRestorer({ task: "inpaint", mask: `${path}#alpha`, quality: "draft" });
    const filled = await decodePicture(await (await restorer.restore(path)).toBuffer(), "filled");
    expect(filled.alpha).toBeUndefined();
    const source = await readPicture(path);
    const kept = source.tensor.data.every((value, i) => i % 16 < 4 || Math.abs(value - filled.tensor.data[i]!) < 0.02);
    expect(kept).toBe(true);
    // A mask of its own leaves the transparency of the picture as it is, but where it is filled.
    const mask = join(folder, "elsewhere.png");
    const shown = Float32Array.from({ length: 256 }, (_, i) => (i % 16 >= 2 && i % 16 < 8 ? -1 : 1));
    await writePicture(mask, { shape: [1, 1, 16, 16], dtype: "float32", data: shown });
    await using other = await createRestorer({ task: "inpaint", mask, quality: "draft" });
    const left = (await decodePicture(await (await other.restore(path)).toBuffer(), "other")).alpha?.data;
    expect([...left!]).toEqual([...source.alpha!.data].map((value, i) => (i % 16 === 2 || i % 16 === 3 ? 1 : value)));
  });
});

describe("createPool", () => {
  test("refuses what its queue cannot hold, and serves the rest in turn", async () => {
    await using pool = await createPool(pipeline, { maximum: 1, queue: 2 });
    const path = join(folder, "in.png");
    const asked = Array.from({ length: 5 }, (_, seed) => pool.restore(path, { seed }));
    const settled = await Promise.allSettled(asked.map(({ result }) => result));
    const refused = settled.filter((s) => s.status === "rejected").map((s) => s.reason as { code: string; retryable: boolean });
    expect(settled.slice(0, 3).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    expect(refused.map(({ code, retryable }) => ({ code, retryable }))).toEqual(
      Array(2).fill({ code: "LEADER_POOL_FULL", retryable: true }),
    );
  });

  test("replaces a process after so many pictures", async () => {
    await using pool = await createPool(pipeline, { maximum: 1, recycleAfter: 2 });
    const loads: number[] = [];
    for (let i = 0; i < 4; i++) loads.push((await pool.restore(join(folder, "in.png"))).run.seconds.compile);
    expect(loads.map((seconds) => seconds > 0)).toEqual([true, false, true, false]);
    expect(await failureOf(createPool(pipeline, { maximum: 0 }))).toMatchObject({ code: "LEADER_POOL_OPTION" });
  });

  test("100 uploads, two at a time, 30 of which hang up: no process, no file and no picture is left behind", async () => {
    const files = readdirSync(folder);
    const pool = await createPool(pipeline, { maximum: 2, queue: 100 });
    const bytes = readFileSync(join(folder, "in.png"));
    let most = 0;
    const uploads = Array.from({ length: 100 }, async (_, i) => {
      const gone = new AbortController();
      const restoration = pool.restore(new Blob([new Uint8Array(bytes)]).stream(), { seed: i, signal: gone.signal });
      // Every third hangs up: some while they wait, some between two steps.
      const hangsUp = i % 10 < 3;
      if (hangsUp && i % 2 === 0) gone.abort();
      for await (const { step } of restoration) {
        most = Math.max(most, pool.running);
        if (hangsUp && step >= 1) gone.abort();
      }
      return (await (await restoration).toBuffer()).length;
    });
    const settled = await Promise.allSettled(uploads);
    const codes = settled.flatMap((s) => (s.status === "rejected" ? [(s.reason as { code: string }).code] : []));
    // Who hangs up in the last step may find the picture done.
    expect(codes.length).toBeGreaterThanOrEqual(20);
    expect(new Set(codes)).toEqual(new Set(["LEADER_RUN_CANCELLED"]));
    const served = settled.filter((s, i) => i % 10 >= 3 && s.status === "fulfilled" && s.value > 50);
    expect(served).toHaveLength(70);
    expect(most).toBe(2);
    expect([pool.running, pool.waiting]).toEqual([0, 0]);
    expect(children().length).toBeLessThanOrEqual(2);
    // A process that has restored some fifty pictures holds what one holds that has restored one.
    for (const line of children()) expect(residentMiB(line)).toBeLessThan(400);
    await pool.close();
    expect(children()).toEqual([]);
    expect(readdirSync(folder)).toEqual(files);
    expect(await failureOf(pool.restore(bytes))).toMatchObject({ code: "LEADER_POOL_CLOSED" });
  }, 300_000);
});
