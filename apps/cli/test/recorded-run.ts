import { normals, type HostTensor } from "@leader/graph";
import type { RecordedRun } from "../src/report/recorded-run.js";
import type { PictureName, RunFacts } from "../src/report/run-facts.js";

const [height, width] = [24, 32];

function picture(
  channels: number,
  rows: number,
  columns: number,
  value: (row: number, column: number, channel: number) => number,
): HostTensor {
  const data = new Float32Array(channels * rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = value(Math.floor(i / columns) % rows, i % columns, Math.floor(i / (rows * columns)));
  return { shape: [1, channels, rows, columns], dtype: "float32", data };
}

/** Deviation that grows from left to right. */
const deviation = (column: number): number => 0.02 + (0.4 * column) / width;

/** A small run with known numbers: what a pipeline with an uncertainty stage leaves, told to forget parts of it on request. */
export function makeRun({ input = "scene.png", reference = true, uncertainty = true, steps = 4 } = {}): RecordedRun {
  const clean = picture(3, height, width, (row, column, c) => Math.sin(row / 5 + c) * Math.cos(column / 7));
  const noise = normals({ seed: 1, image: 0, step: 0, name: "run" }, clean.data.length);
  const estimate = (scale: number): HostTensor => ({
    ...clean,
    data: clean.data.map((v, i) => v + scale * deviation(i % width) * noise[i]!),
  });
  const pictures = new Map<PictureName, HostTensor>([
    ["measurement", picture(3, height / 4, width / 4, (row, column, c) => Math.sin((4 * row) / 5 + c) * Math.cos((4 * column) / 7))],
    ["restored", estimate(0.2)],
    ...(reference ? [["reference", clean] as const] : []),
  ]);
  const frames = Array.from({ length: steps }, (_, step) => {
    const x0 = estimate(1 - step / (2 * steps));
    return {
      step,
      stride: 1,
      preview: x0,
      x0,
      ...(uncertainty ? { variance: picture(1, height, width, (_row, column) => deviation(column) ** 2) } : {}),
    };
  });
  return { facts: factsOf({ input, steps, uncertainty, pictures: [...pictures.keys()] }), pictures, frames };
}

function factsOf({
  input,
  steps,
  uncertainty,
  pictures,
}: {
  input: string;
  steps: number;
  uncertainty: boolean;
  pictures: PictureName[];
}): RunFacts {
  const observed = (step: number): Record<string, number> =>
    uncertainty ? { uncertainty: step === 0 ? -0.1 : 0.5 / step, "uncertainty.standardError": 0.1 / (step + 1) } : {};
  return {
    format: "leader-run/1",
    created: "2026-01-02T03:04:05.000Z",
    input,
    machine: { node: "v20.19.0", system: "linux 6 x64", processor: "A <processor>", cores: 2, memoryMiB: 4096 },
    leader: "0.1.0",
    plugins: ["leader@0.1.0"],
    pipeline: {
      hash: "ab12",
      apiVersion: "leader/v1",
      seed: 0,
      noise: 0.05,
      stages: {
        operator: { use: "@leader/operators#inpainting", with: { name: "a & b" } },
        baseline: { use: "@leader/baseline-ddnm#ddnm", with: {} },
      },
    },
    seed: 7,
    image: 0,
    backend: "reference",
    maxSteps: steps,
    outcome: "completed",
    reason: "reached the clean level",
    evaluations: steps,
    seconds: { load: 0.1, compile: 0.2, sampling: 1, network: 0.7, update: 0.2 },
    peakMemoryMiB: 123,
    warnings: [{ code: "LEADER_EXAMPLE", message: "known <beforehand>" }],
    steps: Array.from({ length: steps }, (_, step) => ({
      step,
      from: 10 * (steps - step),
      to: 10 * (steps - step - 1),
      evaluations: step + 1,
      ms: 12,
      observed: observed(step),
      ...(step === 1 ? { travelTo: 10 * (steps - step) - 5 } : {}),
    })),
    pictures,
    frames: Array.from({ length: steps }, (_, step) => ({ step, stride: 1, variance: uncertainty })),
  };
}
