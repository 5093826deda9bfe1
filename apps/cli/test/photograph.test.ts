import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { photoPriorUrl } from "@leader/prior-photo";
import { createPipeline, readPicture, taskPipeline, type Pipeline, type PipelineObject } from "leader-restore";
import { expect, it } from "vitest";
import { landscape } from "../src/sample/landscape.js";
import { bundledSources } from "./bundled-sources.js";
import { restoreHere } from "./methods.js";

const side = 64;
const photographs = fileURLToPath(new URL("../../../../shared/data/tune/", import.meta.url));

/** The middle of a photograph that no result is reported on; where there is none, of a generated landscape that has a ridge there. */
async function crop(): Promise<HostTensor> {
  const file = existsSync(photographs) ? readdirSync(photographs).find((name) => name.endsWith(".jpg")) : undefined;
  const { tensor } = file === undefined ? { tensor: landscape(2 * side, 0) } : await readPicture(`${photographs}${file}`);
  const [, , height = 0, width = 0] = tensor.shape;
  const [top, left] = [Math.floor((height - side) / 2), Math.floor((width - side) / 2)];
  const data = Float32Array.from({ length: 3 * side * side }, (_, i) => {
    const [channel, row, column] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
    return tensor.data[(channel * height + top + row) * width + left + column]!;
  });
  return { shape: [1, 3, side, side], dtype: "float32", data };
}

const uniform = (steps: number) => ({ use: "leader#uniform", with: { steps } });
const squareRoot = (steps: number) => ({ use: "leader#square-root", with: { steps } });
const karras = (steps: number) => ({ use: "leader#karras", with: { steps, sigmaMax: 20 } });
const indices = (...steps: readonly number[]) => ({ use: "leader#fixed", with: { unit: "index", steps } });
const baseline = (name: string, options: Readonly<Record<string, unknown>>) => ({ use: `@leader/baseline-${name}#${name}`, with: options });

const tasks: Readonly<Record<string, Pick<PipelineObject, "operator" | "noise">>> = {
  "bicubic x4": { operator: { use: "@leader/operators#super-resolution", with: { factor: 4 } }, noise: 0.05 },
  "Gaussian blur": { operator: { use: "@leader/operators#gaussian-blur", with: { size: 5, sigma: 10 } }, noise: 0.05 },
};

type Sampling = Pick<PipelineObject, "baseline" | "wrapper" | "scheduler">;

const daps: Sampling = { baseline: baseline("daps", { odeSteps: 2, iterations: 30 }), scheduler: karras(20) };
const dcdp: Sampling = {
  baseline: baseline("dcdp", { iterations: 20, stepSize: 0.1, evaluations: 4 }),
  scheduler: indices(400, 311, 222, 133, 89),
};
const rdmd: Sampling = { baseline: baseline("rdmd", { result: "estimate" }), scheduler: squareRoot(12) };
const cddb = (stepSize: number): Sampling => ({ baseline: baseline("cddb", { stepSize }), scheduler: uniform(20) });
const redDiff = (options: Readonly<Record<string, unknown>>): Sampling => ({
  baseline: baseline("red-diff", { mode: "faithful", rate: 0.05, lambda: 1, ...options }),
  scheduler: uniform(30),
});

const hgu: NonNullable<Sampling["wrapper"]> = { use: "@leader/baseline-hgu#hgu", with: { memory: 0.5 } };

const dps: Sampling = { baseline: baseline("dps", { scale: 0.3 }), scheduler: uniform(40) };
const pigdm: Sampling = { baseline: baseline("pigdm", {}), scheduler: uniform(15) };
const sitcom: Sampling = { baseline: baseline("sitcom", { evaluations: 8 }), scheduler: uniform(5) };

/** At a small part of the evaluations of the presets. */
const cases: readonly (readonly [string, keyof typeof tasks, Sampling])[] = [
  ["DPS", "bicubic x4", dps],
  ["ΠGDM", "bicubic x4", pigdm],
  ["ΠGDM", "Gaussian blur", pigdm],
  ["SITCOM", "bicubic x4", sitcom],
  ["DAPS", "bicubic x4", daps],
  ["DAPS", "Gaussian blur", daps],
  ["RED-diff", "bicubic x4", redDiff({})],
  ["RED-diff", "Gaussian blur", redDiff({ start: "measurement" })],
  ["DCDP", "bicubic x4", dcdp],
  ["DCDP", "Gaussian blur", dcdp],
  ["RDMD", "bicubic x4", rdmd],
  ["RDMD", "Gaussian blur", rdmd],
  ["CDDB", "bicubic x4", cddb(8)],
  ["CDDB", "Gaussian blur", cddb(1)],
  ["DPPS", "Gaussian blur", { baseline: baseline("dpps", { scale: 0.4, candidates: 6 }), scheduler: uniform(40) }],
  ["SPGD", "bicubic x4", { baseline: baseline("spgd", { rate: 7, evaluations: 3 }), scheduler: karras(8) }],
  ["FGPS", "Gaussian blur", { baseline: baseline("fgps", {}), scheduler: uniform(80) }],
  ["DPS in HGU", "Gaussian blur", { baseline: baseline("dps", {}), wrapper: hgu, scheduler: uniform(60) }],
  ["ZAPS", "bicubic x4", { baseline: baseline("zaps", { scale: 4 }), scheduler: squareRoot(12) }],
];

const pipelineOf = (sampling: Sampling, task: keyof typeof tasks): Promise<Pipeline> =>
  createPipeline(
    {
      ...tasks[task]!,
      ...sampling,
      denoiser: { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl) } },
      backend: { use: "@leader/backend-onnx#cpu", with: { threads: 1 } },
    },
    { bundled: bundledSources },
  );

const decibel = (picture: HostTensor, clean: HostTensor): Promise<number> => psnr().measure(picture, clean);

/** A picture of one grey, the best there is. */
function constantPicture({ shape, dtype, data }: HostTensor): HostTensor {
  const mean = Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
  return { shape, dtype, data: new Float32Array(data.length).fill(mean) };
}

/** PSNR in dB of what takes no method: a constant picture, the pseudo-inverse, and the measurement where it is a picture of that size. */
async function trivialQuality(pipeline: Pipeline, y: HostTensor, clean: HostTensor): Promise<number> {
  const pictures = [constantPicture(clean), await pipeline.pinv(y), ...(y.data.length === clean.data.length ? [y] : [])];
  return Math.max(...(await Promise.all(pictures.map((picture) => decibel(picture, clean)))));
}

it.for(cases)(
  "%s restores a photograph better than what takes no method, on the bundled prior: %s",
  async ([, task, sampling], { annotate }) => {
    const clean = await crop();
    const pipeline = await pipelineOf(sampling, task);
    const y = await pipeline.degrade(clean, { seed: 1 });
    const { image } = await restoreHere(pipeline, y, { seed: 2 });
    const [restored, trivial] = [await decibel(image, clean), await trivialQuality(pipeline, y, clean)];
    await annotate(`${restored.toFixed(1)} dB, without a method ${trivial.toFixed(1)} dB`);
    expect(restored).toBeGreaterThan(trivial + 1);
    expect(await decibel(constantPicture(clean), clean)).toBeLessThan(trivial + 1);
  },
);

const ofTask = (object: PipelineObject): Promise<Pipeline> =>
  createPipeline(
    {
      ...object,
      denoiser: { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl) } },
      backend: { use: "@leader/backend-onnx#cpu", with: { threads: 1 } },
    },
    { bundled: bundledSources },
  );

it.for([
  ["little noise", taskPipeline("denoise", { noise: 5 / 255 }), 2],
  ["little noise, as a draft", taskPipeline("denoise", { noise: 5 / 255, quality: "draft" }), 2],
  ["much noise", taskPipeline("denoise", { noise: 50 / 255 }), 8],
  ["a slight blur", taskPipeline("deblur", { blur: { gaussian: 0.8 } }), 3],
] as const)("%s is taken away, and what the picture has is left", async ([, object, gain], { annotate }) => {
  const clean = await crop();
  const pipeline = await ofTask(object);
  const y = await pipeline.degrade(clean, { seed: 1 });
  const { image } = await restoreHere(pipeline, y, { seed: 2 });
  const [before, after] = [await decibel(y, clean), await decibel(image, clean)];
  await annotate(`${before.toFixed(1)} dB, then ${after.toFixed(1)} dB`);
  expect(after).toBeGreaterThan(before + gain);
});

/** How much a picture varies from pixel to pixel, mean over channels: blurred pictures have less than sharp ones. */
function variation({ shape: [, channels = 1, height = 1, width = 1], data }: HostTensor): number {
  let sum = 0;
  for (let row = 0; row < channels * height; row++)
    for (let column = 1; column < width; column++) sum += Math.abs(data[row * width + column]! - data[row * width + column - 1]!);
  return sum / (channels * height * (width - 1));
}

it("an enlarged picture is sharper than what costs nothing and no further from the truth, the sharper, the less faithful", async ({
  annotate,
}) => {
  const clean = await crop();
  const enlarged = await Promise.all(
    [0.25, 0.75, 1].map(async (fidelity) => {
      const pipeline = await ofTask(taskPipeline("upscale", { fidelity }));
      const y = await pipeline.degrade(clean, { seed: 1 });
      return { ...(await restoreHere(pipeline, y, { seed: 2 })), pinv: await pipeline.pinv(y) };
    }),
  );
  const [crisp, usual, faithful] = enlarged.map(({ image }) => image);
  const { pinv } = enlarged[0]!;
  const pictures = [pinv, faithful!, usual!, crisp!, clean];
  const share = pictures.map((picture) => variation(picture) / variation(clean));
  const quality = await Promise.all(pictures.slice(0, -1).map((picture) => decibel(picture, clean)));
  await annotate(
    `variation ${share.map((value) => value.toFixed(3)).join(", ")}; ${quality.map((value) => value.toFixed(2)).join(", ")} dB`,
  );
  expect(share[2]).toBeGreaterThan(share[0]! * 1.1);
  expect(share[3]).toBeGreaterThan(share[2]!);
  expect(share[2]).toBeGreaterThan(share[1]!);
  expect(share[3]).toBeLessThan(1.1);
  expect(quality[2]).toBeGreaterThan(quality[0]! - 0.2);
  expect(quality[1]).toBeGreaterThan(quality[3]!);
});
