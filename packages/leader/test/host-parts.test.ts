import { defineStage, type Backend, type PipelineEvent, type PipelineEventBody } from "@leader/core";
import { sizeOf, type HostTensor } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import { createPipeline, type PipelineObject, type RestoreOptions, type RestoreResult } from "../src/index.js";
import { bundledSources as bundled, directory, furthest, noisyScene } from "./host-fixture.js";

const pipelineObject = (operator: PipelineObject["operator"], baseline = "ddnm-plus"): PipelineObject => ({
  noise: baseline === "ddnm" ? 0 : 0.05,
  operator,
  // Without correlations a prior sees one pixel: parts and whole differ by rounding alone.
  denoiser: { use: "leader#gaussian", with: { decay: 0 } },
  baseline: { use: `@leader/baseline-ddnm#${baseline}` },
  scheduler: { use: "leader#uniform", with: { steps: 6 } },
  backend: { use: "@leader/backend-onnx#cpu" },
});

async function restored(
  operator: PipelineObject["operator"],
  measurement: HostTensor,
  options: RestoreOptions,
  baseline?: string,
): Promise<RestoreResult & { readonly events: readonly PipelineEvent[] }> {
  const pipeline = await createPipeline(pipelineObject(operator, baseline), { bundled, directory });
  await using session = await pipeline.open({ isolate: false });
  const run = session.restore(measurement, options);
  const events: PipelineEvent[] = [];
  for await (const event of run.events) events.push(event);
  return { ...(await run.result), events };
}

describe("pictures in parts", () => {
  it.each([
    [{ use: "@leader/operators#denoising" }, 1, "ddnm-plus"],
    [{ use: "@leader/operators#inpainting", with: { random: { fraction: 0.3 } } }, 1, "ddnm-plus"],
    [{ use: "@leader/operators#super-resolution", with: { factor: 2, method: "average-pool" } }, 2, "ddnm"],
  ] as const)("equal the whole for a prior that sees one pixel: %j", async (operator, factor, baseline) => {
    const measurement = noisyScene(280 / factor, 232 / factor);
    const whole = await restored(operator, measurement, { parts: "off" }, baseline);
    const parts = await restored(operator, measurement, { parts: 200 }, baseline);
    expect(whole.parts).toBeUndefined();
    expect(parts.parts!.count).toBeGreaterThan(3);
    expect(parts.evaluations).toBe(whole.evaluations);
    expect(parts.events.filter(({ type }) => type === "part-start")).toHaveLength(parts.parts!.count);
    expect(furthest(parts.image, whole.image)).toBeLessThan(2e-5);
  });

  it("are not used for small pictures, nor where a degradation looks at the whole", async () => {
    expect((await restored({ use: "@leader/operators#denoising" }, noisyScene(48, 40), {})).parts).toBeUndefined();
    const blur = { use: "@leader/operators#gaussian-blur", with: { size: 3, sigma: 1 } };
    expect((await restored(blur, noisyScene(240, 232), { parts: 64 })).parts).toBeUndefined();
    // This method draws noise for singular vectors, which reach over the whole picture.
    const enlarged = { use: "@leader/operators#super-resolution", with: { factor: 2 } };
    expect((await restored(enlarged, noisyScene(140, 116), { parts: 200 })).parts).toBeUndefined();
  });

  it("are not cut otherwise than was asked for without a word", async () => {
    const denoising = { use: "@leader/operators#denoising" };
    const said = async (...asked: Parameters<typeof restored>): Promise<readonly string[]> =>
      (await restored(...asked)).events.flatMap((event) =>
        event.type === "warning" && event.code === "LEADER_PARTS_OTHERWISE" ? [event.message] : [],
      );
    expect(await said(denoising, noisyScene(120, 100), { parts: 64 })).toEqual([
      "parts of 64 pixels were asked for, and it is restored with the picture whole: parts share 96 pixels, so they have 192 at least",
    ]);
    expect(await said(denoising, noisyScene(210, 100), { parts: 128 })).toEqual([
      expect.stringMatching(/is restored in parts of 100 x 160: /u),
    ]);
    const blur = { use: "@leader/operators#gaussian-blur", with: { size: 3, sigma: 1 } };
    expect(await said(blur, noisyScene(100, 232), { parts: 192 })).toEqual([expect.stringContaining("works on all pixels at once")]);
    expect(await said(denoising, noisyScene(120, 100), { parts: 128 })).toEqual([]);
    expect(await said(denoising, noisyScene(230, 100), { parts: 192, record: {} })).toEqual([
      "parts of 192 pixels were asked for, and it is restored with the picture whole: a report shows the steps of the picture as a whole",
    ]);
    expect(await said(denoising, noisyScene(120, 100), { parts: 128, record: {} })).toEqual([]);
    expect(await said(denoising, noisyScene(230, 100), { parts: 192 })).toEqual([]);
    for (const parts of ["auto", "off"] as const) expect(await said(blur, noisyScene(64, 48), { parts })).toEqual([]);
  });

  it("are refused beforehand with an estimate where memory is too small for any", async () => {
    const pipeline = await createPipeline(pipelineObject({ use: "@leader/operators#denoising" }), { bundled, directory });
    await using session = await pipeline.open({ isolate: false, limits: { memoryMiB: 200 } });
    const type = { shape: [1, 3, 8000, 6000], dtype: "float32" } as const;
    await expect(session.plan(type)).rejects.toMatchObject({
      code: "LEADER_MEMORY_TOO_SMALL",
      message: expect.stringMatching(/6000 x 8000 pixels in parts needs at least \d{3,} MiB of memory; the limit is 200 MiB/u) as string,
    });
  });

  it("are refused without a trace where the images alone are too much: the matrices of a large blur take minutes", async () => {
    const blur = pipelineObject({ use: "@leader/operators#gaussian-blur" });
    const pipeline = await createPipeline(blur, { bundled, directory });
    await using session = await pipeline.open({ isolate: false, limits: { memoryMiB: 1024 } });
    const setUp: string[] = [];
    const type = { shape: [1, 3, 4096, 4096], dtype: "float32" } as const;
    await expect(
      session.plan(type, {}, (event) => {
        if (event.type === "set-up") setUp.push(event.of);
      }),
    ).rejects.toMatchObject({ code: "LEADER_MEMORY_TOO_SMALL", message: expect.stringMatching(/needs at least \d{4} MiB/u) as string });
    expect(setUp).not.toContain("graphs");
  });

  it("are planned before anything is computed", async () => {
    const pipeline = await createPipeline(pipelineObject({ use: "@leader/operators#denoising" }), { bundled, directory });
    await using session = await pipeline.open({ isolate: false, limits: { memoryMiB: 4000 } });
    const plan = await session.plan({ shape: [1, 3, 3000, 4000], dtype: "float32" });
    expect(plan.parts!.width).toBeLessThanOrEqual(640);
    expect(plan.memoryMiB).toBeGreaterThan(300);
    expect(plan.memoryMiB).toBeLessThan(4000);
  });
});

describe("parts with an operator for each place", () => {
  it("let go of the graphs of the part before, before they are given others, and keep those that are equal", async () => {
    const [alive, beside] = [new Set<object>(), [] as number[]];
    let compiled = 0;
    const counting = defineStage({
      kind: "backend",
      summary: "counts its graphs",
      options: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } },
      create: (): Backend => {
        const backend = referenceBackend();
        return {
          ...backend,
          unsupported: (graph) => backend.unsupported(graph),
          upload: (value) => backend.upload(value),
          [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
          compile: async (graph) => {
            const made = await backend.compile(graph);
            compiled++;
            alive.add(made);
            beside.push(alive.size);
            return {
              run: (inputs) => made.run(inputs),
              [Symbol.asyncDispose]: async () => {
                alive.delete(made);
                await made[Symbol.asyncDispose]();
              },
            };
          },
        };
      },
    });
    const inpainting = { use: "@leader/operators#inpainting", with: { random: { fraction: 0.3 } } };
    const object = { ...pipelineObject(inpainting), scheduler: { use: "leader#uniform", with: { steps: 2 } }, backend: { use: counting } };
    const pipeline = await createPipeline(object, { bundled, directory });
    await using session = await pipeline.open({ isolate: false });
    const { parts } = await session.restore(noisyScene(240, 232), { parts: 200 }).result;
    expect(parts!.count).toBe(4);
    // The update alone depends on the place.
    const [perPart, placed] = [3, 1];
    expect(compiled).toBe(perPart + 3 * placed);
    expect(Math.max(...beside)).toBe(perPart);
  }, 60_000);
});

describe("pictures of one size", () => {
  it("are traced once, however many there are", async () => {
    let traced = 0;
    const counting = defineStage({
      kind: "modulator",
      summary: "counts its traces",
      options: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } },
      create: () => ({
        needsUncertainty: false,
        init: () => ({}),
        modulate: (_ctx, { prior }, state) => {
          traced++;
          return { prior, state };
        },
      }),
    });
    const object = { ...pipelineObject({ use: "@leader/operators#denoising" }), modulator: { use: counting } };
    const pipeline = await createPipeline(object, { bundled, directory });
    await using session = await pipeline.open({ isolate: false });
    await session.plan({ shape: [1, 3, 16, 16], dtype: "float32" });
    const first = await session.restore(noisyScene(16, 16)).result;
    const once = traced;
    await session.plan({ shape: [1, 3, 16, 16], dtype: "float32" });
    const second = await session.restore(noisyScene(16, 16)).result;
    expect(once).toBeGreaterThan(0);
    expect(traced).toBe(once);
    expect(second.image.data).toEqual(first.image.data);
    await session.restore(noisyScene(16, 24)).result;
    expect(traced).toBe(2 * once);
  });
});

describe("a stage that warns while a picture is planned", () => {
  it("is heard then, since the restoration does not set it up again", async () => {
    const warning = defineStage({
      kind: "modulator",
      summary: "warns",
      options: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } },
      create: (_options, environment) => {
        environment.warn("TEST_ASSUMED", "the weather is assumed to be fine");
        return { needsUncertainty: false, init: () => ({}), modulate: (_ctx, { prior }, state) => ({ prior, state }) };
      },
    });
    const object = { ...pipelineObject({ use: "@leader/operators#denoising" }), modulator: { use: warning } };
    await using session = await (await createPipeline(object, { bundled, directory })).open({ isolate: false });
    const heard: PipelineEventBody[] = [];
    await session.plan({ shape: [1, 3, 16, 16], dtype: "float32" }, {}, (event) => heard.push(event));
    const run = session.restore(noisyScene(16, 16));
    for await (const event of run.events) heard.push(event);
    await run.result;
    expect(heard.filter((event) => event.type === "warning" && event.code === "TEST_ASSUMED")).toHaveLength(1);
  });
});

/** A device without room for values of more elements than these. */
function smallBackend(elements: number): Backend {
  const backend = referenceBackend();
  const room = (shape: readonly number[]): void => {
    if (sizeOf(shape) > elements) throw new Error(`Failed to allocate memory for requested buffer of size ${4 * sizeOf(shape)}`);
  };
  return {
    ...backend,
    name: "small",
    description: "a small device",
    unsupported: (graph) => backend.unsupported(graph),
    compile: (graph) => backend.compile(graph),
    upload: async (value) => {
      room(value.shape);
      return await backend.upload(value);
    },
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

describe("a device that runs out of memory", () => {
  const grey: HostTensor = { shape: [1, 1, 272, 272], dtype: "float32", data: noisyScene(272, 272).data.slice(0, 272 * 272) };
  const anything = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } } as const;
  const small = (elements: number) =>
    defineStage({ kind: "backend", summary: "small", options: anything, create: () => smallBackend(elements) });
  const open = async (elements: number) =>
    await createPipeline(
      {
        ...pipelineObject({ use: "@leader/operators#denoising" }),
        scheduler: { use: "leader#uniform", with: { steps: 2 } },
        backend: { use: small(elements) },
      },
      { bundled, directory },
    );

  it("is given smaller parts, and that is said", async () => {
    const pipeline = await open(230 * 230);
    await using session = await pipeline.open({ isolate: false });
    const run = session.restore(grey);
    const events: PipelineEvent[] = [];
    for await (const event of run.events) events.push(event);
    const { parts, image } = await run.result;
    expect(parts!.count).toBeGreaterThan(1);
    expect(image.shape).toEqual(grey.shape);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "warning",
        code: "LEADER_MEMORY_RAN_OUT",
        message: expect.stringMatching(/ran out of memory with the picture whole; trying again in parts of \d+ x \d+/u) as string,
      }),
    );
  }, 120_000);

  it("ends with the error of the runtime where no part is small enough", async () => {
    const pipeline = await open(1000);
    await using session = await pipeline.open({ isolate: false });
    await expect(session.restore(grey).result).rejects.toThrow("Failed to allocate memory");
  }, 120_000);
});
