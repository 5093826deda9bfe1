import type { Phase, PhaseName, SamplerGraphs } from "@leader/core";
import { trace, type Graph, type HostTensor, type Tensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { leastRunningBytes, maskBytes, runningBytes, type Sizing } from "./sizing.js";

const mebi = 2 ** 20;
const pixels = (channels: number) => ({ shape: [1, channels, 1, 1], dtype: "float32" }) as const;

/** A network of one layer, with 4 x channels x channels bytes of weights. */
function networkOf(channels: number): Graph {
  const filter: HostTensor = { shape: [channels, channels, 1, 1], dtype: "float32", data: new Float32Array(channels * channels) };
  return trace((x) => x.conv(x.trace.constant(filter)), [pixels(channels)]);
}

const phase = (name: PhaseName, channels: number, body: (x: Tensor) => Tensor): Phase => ({
  name,
  graph: trace(body, [pixels(channels)], ["x"]),
  inputs: ["x"],
  draws: [],
  results: new Map(),
  observed: [],
  evaluations: 0,
});

/** A sampler whose steps evaluate a network in each of the phases that are named. */
function sampler(channels: number, calling: readonly PhaseName[]): SamplerGraphs {
  const body = networkOf(channels);
  const of = (name: PhaseName): Phase =>
    phase(name, channels, (x) =>
      calling.includes(name) ? x.trace.emit("Function", [x], { name: "network", body, evaluations: 1 }) : x.exp(),
    );
  return { init: of("init"), predict: of("predict"), update: of("update"), travel: of("travel") };
}

describe("the memory of a sampler", () => {
  it("has the weights of a network once, however many phases evaluate it", () => {
    const megabytes = (channels: number, ...calling: readonly PhaseName[]): number => runningBytes(sampler(channels, calling)) / mebi;
    expect(megabytes(2048, "predict", "update") - megabytes(2048, "predict")).toBeCloseTo(0, 0);
  });

  it("has small weights twice, as a runtime that copies them, and large ones once, as one that maps their file", () => {
    const without = runningBytes(sampler(8, [])) / mebi;
    expect(runningBytes(sampler(2048, ["predict"])) / mebi - without).toBeCloseTo(2 * 16, 0);
    expect(runningBytes(sampler(8192, ["predict"])) / mebi - without).toBeCloseTo(256, -1);
  });

  it("has the weights of updates again, and 5 MiB to be collected for each, at most 80, where the graphs of other parts are traced beside them", () => {
    const filter: HostTensor = { shape: [512, 512, 1, 1], dtype: "float32", data: new Float32Array(512 * 512) };
    const graphs = { ...sampler(512, []), update: phase("update", 512, (x) => x.conv(x.trace.constant(filter))) };
    const more = (others: number): number => (runningBytes(graphs, others) - runningBytes(graphs)) / mebi;
    expect([more(0), more(3), more(16), more(300)].map(Math.round)).toEqual([0, 17, 82, 82]);
  });
});

it("is told before the graphs are traced to be no less than what any sampler has at once", () => {
  const image = { shape: [1, 3, 2048, 2048], dtype: "float32" } as const;
  const bytes = 4 * 3 * 2048 ** 2;
  expect(leastRunningBytes(image, {})).toBeGreaterThan(15 * bytes);
  const plan = { height: 512, width: 512, parts: [] } as unknown as NonNullable<Sizing["plan"]>;
  expect(leastRunningBytes(image, { plan })).toBeLessThan(leastRunningBytes(image, {}) / 4);
});

it("counts what tells which pixels are measured, of the whole picture", () => {
  expect(maskBytes({ measured: { shape: [1, 1, 512, 256], dtype: "float32", data: new Float32Array(512 * 256) } })).toBe(4 * 512 * 256);
  expect(maskBytes({})).toBe(0);
});
