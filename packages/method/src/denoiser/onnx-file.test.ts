import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  countEvaluations,
  gradient,
  isLeaderError,
  levelScalars,
  linearBetaSchedule,
  normals,
  scaledTimesteps,
  trace,
  type Aval,
  type Tensor,
} from "@leader/core";
import { writeOnnx } from "@leader/graph/onnx";
import { interpret } from "@leader/graph/reference";
import { constantLevel, createStage } from "@leader/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onnxFile } from "./onnx-file.js";

const image: Aval = { shape: [1, 3, 4, 6], dtype: "float32" };
const size = 3 * 4 * 6;
const schedule = linearBetaSchedule();

/** The images are N(MEAN, DEVIATION^2) in every pixel, so the optimal network is known in closed form. */
const MEAN = 0.2;
const DEVIATION = 0.4;

let folder = "";
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-network-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Network = (x: Tensor, c: Tensor) => Tensor;

/** Writes a network of (x, conditioning) as a file; without a name of the conditioning, of x alone. */
function file(network: Network, conditioning = "alpha_bar", type: Aval = { shape: [1], dtype: "float32" }): string {
  const path = join(folder, `network-${files++}.onnx`);
  const graph = trace((x, c) => network(x, c), [image, type], ["x", conditioning]);
  writeFileSync(path, writeOnnx(graph, { name: "net", outputNames: ["out"] }).model);
  return path;
}

const x = {
  shape: image.shape,
  dtype: "float32" as const,
  data: Float32Array.from(normals({ seed: 3, image: 0, step: 0, name: "x" }, size)),
};

async function prior(options: object, index: number): Promise<{ readonly x0: readonly number[]; readonly epsilon: readonly number[] }> {
  const denoiser = (await createStage(onnxFile, options)).at(image);
  const graph = trace(
    (state) => {
      const { x0, epsilon } = denoiser.denoise(state, constantLevel(state.trace, schedule, index));
      return [x0, epsilon];
    },
    [image],
  );
  expect(countEvaluations(graph)).toBe(1);
  const [x0, epsilon] = interpret(graph, [x]);
  return { x0: [...x0!.data], epsilon: [...epsilon!.data] };
}

/** E[x0 | x] and the noise that goes with it. */
function optimal(index: number): { readonly x0: readonly number[]; readonly epsilon: readonly number[] } {
  const { sqrtAlphaBar, sqrtOneMinusAlphaBar, sigma } = levelScalars(schedule, index);
  const gain = DEVIATION ** 2 / (DEVIATION ** 2 + sigma ** 2);
  const x0 = [...x.data].map((value) => MEAN + gain * (value / sqrtAlphaBar - MEAN));
  return { x0, epsilon: x0.map((value, i) => (x.data[i]! - sqrtAlphaBar * value) / sqrtOneMinusAlphaBar) };
}

function largestError(actual: readonly number[], expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) / scale;
}

const sigmaFrom = {
  alpha_bar: (c: Tensor) => c.neg().add(1).div(c).sqrt(),
  sigma: (c: Tensor) => c,
  log_sigma: (c: Tensor) => c.exp(),
} as const;
type Conditioning = keyof typeof sigmaFrom;

/** The optimal network for the prior above, as somebody with these conventions would have trained it. */
function optimalNetwork(predicts: string, state: string, range: string, as: Conditioning): Network {
  const [scale, offset] = range === "[0,1]" ? [0.5, 0.5] : [1, 0];
  const [mean, deviation] = [scale * MEAN + offset, scale * DEVIATION];
  return (input, c) => {
    const sigma = sigmaFrom[as](c).reshape([1, 1, 1, 1]);
    const signal = sigma.trace.scalar(1, "float32").div(sigma.square().add(1).sqrt());
    const noise = sigma.mul(signal);
    const z = state === "variance-exploding" ? input : input.div(signal);
    const gain = sigma.trace.scalar(deviation ** 2, "float32").div(sigma.square().add(deviation ** 2));
    const x0 = z.sub(mean).mul(gain).add(mean);
    const epsilon = z.sub(x0).div(sigma);
    if (predicts === "x0") return x0;
    if (predicts === "epsilon") return epsilon;
    if (predicts === "v") return epsilon.mul(signal).sub(x0.mul(noise));
    return epsilon.neg().div(state === "variance-exploding" ? sigma : noise);
  };
}

const conventions = ["epsilon", "x0", "v", "score"].flatMap((predicts) =>
  ["variance-preserving", "variance-exploding"].flatMap((state) =>
    ["[-1,1]", "[0,1]"].flatMap((range) => (["alpha_bar", "sigma", "log_sigma"] as const).map((as) => ({ predicts, state, range, as }))),
  ),
);

describe("every convention gives the same posterior mean", () => {
  // Published code mixes these up silently: a factor of two in the noise still looks like an image.
  it.each(conventions)("$predicts, $state, $range, $as", async ({ predicts, state, range, as }) => {
    const path = file(optimalNetwork(predicts, state, range, as), as);
    for (const index of [60, 500, 990]) {
      const [actual, expected] = [await prior({ path, predicts, state, range }, index), optimal(index)];
      // Near pure noise, x0 is a small difference of large numbers divided by sqrt(alphaBar), in any implementation of epsilon and score.
      expect(largestError(actual.x0, expected.x0)).toBeLessThan(index === 990 ? 2e-2 : 1e-4);
      expect(largestError(actual.epsilon, expected.epsilon)).toBeLessThan(1e-4);
    }
  });

  it("passes the training timestep, rounded for integer inputs", async () => {
    const echo: Network = (input, t) => input.mul(0).add(t.cast("float32").reshape([1, 1, 1, 1]));
    const real = file(echo, "timestep");
    const whole = file(echo, "t", { shape: [], dtype: "int32" });
    expect((await prior({ path: real, predicts: "x0" }, 321)).x0[0]).toBe(320);
    expect((await prior({ path: whole, predicts: "x0" }, 321)).x0[0]).toBe(320);
  });

  it("gives a network on [0,1] images the timestep of half the noise", async () => {
    const echo: Network = (input, t) => input.mul(0).add(t.reshape([1, 1, 1, 1]));
    const { x0 } = await prior({ path: file(echo, "timestep"), predicts: "x0", range: "[0,1]" }, 500);
    const timestep = 0.5 * x0[0]! + 0.5;
    expect(timestep).toBeCloseTo(scaledTimesteps(schedule, 0.5)[500]!, 3);
    const sigmaAt = (t: number): number => levelScalars(schedule, Math.round(t) + 1).sigma;
    expect(sigmaAt(timestep) / sigmaAt(499)).toBeCloseTo(0.5, 2);
  });
});

describe("options", () => {
  const half: Network = (input, c) => input.mul(0.5).add(c.reshape([1, 1, 1, 1]).mul(0));

  it("drops the learned variance", async () => {
    const doubled = file((input, c) => half(input, c).concat([input.mul(9)], 1));
    expect((await prior({ path: doubled }, 500)).epsilon).toEqual((await prior({ path: file(half) }, 500)).epsilon);
  });

  it("clips x0 and keeps epsilon consistent with it", async () => {
    const { x0, epsilon } = await prior({ path: file((input, c) => half(input, c).mul(40)), predicts: "x0", clipX0: true }, 500);
    expect(Math.max(...x0.map(Math.abs))).toBe(1);
    const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = levelScalars(schedule, 500);
    expect(
      largestError(
        x0.map((value, i) => sqrtAlphaBar * value + sqrtOneMinusAlphaBar * epsilon[i]!),
        [...x.data],
      ),
    ).toBeLessThan(1e-6);
  });

  it("fixes further inputs and takes a named output", async () => {
    const path = join(folder, "class.onnx");
    const graph = trace(
      (state, label, c) => [state.mul(2), state.add(label.cast("float32").reshape([1, 1, 1, 1])).add(c.reshape([1, 1, 1, 1]).mul(0))],
      [image, { shape: [1], dtype: "int32" }, { shape: [1], dtype: "float32" }],
      ["x", "label", "sigma"],
    );
    writeFileSync(path, writeOnnx(graph, { name: "net", outputNames: ["other", "image"] }).model);
    const { x0 } = await prior({ path, predicts: "x0", constants: { label: 5 }, output: "image" }, 500);
    expect(
      largestError(
        x0,
        [...x.data].map((value) => value + 5),
      ),
    ).toBeLessThan(1e-6);
  });

  it("makes the graph once per image type", async () => {
    const denoiser = await createStage(onnxFile, { path: file(half) });
    const bodies = [1, 2].map(() => {
      const at = denoiser.at(image);
      const graph = trace((state) => at.denoise(state, constantLevel(state.trace, schedule, 9)).x0, [image]);
      return graph.nodes.flatMap((node) => ("body" in node.attrs ? [node.attrs.body] : []))[0];
    });
    expect(bodies[0]).toBe(bodies[1]);
  });

  it("has a derivative through the network", async () => {
    const denoiser = (await createStage(onnxFile, { path: file((input, c) => half(input, c).square()) })).at(image);
    expect(denoiser.differentiable).toBe(true);
    const slope = trace(
      (state) => gradient((at) => denoiser.denoise(at, constantLevel(at.trace, schedule, 500)).epsilon.sum(), state),
      [image],
    );
    const [actual] = interpret(slope, [x]);
    expect(
      largestError(
        [...actual!.data],
        [...x.data].map((value) => value / 2),
      ),
    ).toBeLessThan(1e-6);
  });
});

describe("errors", () => {
  const codeOf = async (
    body: () => Promise<unknown>,
  ): Promise<{ readonly code: string; readonly message: string; readonly hint: string }> => {
    try {
      await body();
    } catch (error) {
      if (isLeaderError(error)) return error;
      throw error;
    }
    throw new Error("expected a coded error");
  };
  const identity: Network = (input, c) => input.add(c.reshape([1, 1, 1, 1]));
  const make = (options: object): Promise<unknown> => createStage(onnxFile, options);

  it("names a missing file", async () => {
    expect(await codeOf(() => make({ path: join(folder, "nowhere.onnx") }))).toMatchObject({ code: "LEADER_NETWORK_FILE_MISSING" });
    expect(await codeOf(() => make({ path: folder }))).toMatchObject({ code: "LEADER_NETWORK_FILE_MISSING" });
  });

  it("refuses a file that is not ONNX", async () => {
    const path = join(folder, "page.onnx");
    writeFileSync(path, "<!doctype html><title>Sign in</title>");
    expect(await codeOf(() => make({ path }))).toMatchObject({ code: "LEADER_ONNX_UNREADABLE" });
  });

  it("asks for the meaning of an input that its name does not tell", async () => {
    const path = file(identity, "level");
    const error = await codeOf(() => make({ path }));
    expect(error.code).toBe("LEADER_NETWORK_INPUTS");
    expect(error.message).toContain("`level` float32[1]");
    await make({ path, inputs: { as: "sigma" } });
  });

  it("refuses roles that do not exist, and inputs without a value", async () => {
    const path = file(identity, "sigma");
    expect(await codeOf(() => make({ path, inputs: { x: "picture" } }))).toMatchObject({ code: "LEADER_NETWORK_INPUTS" });
    expect(await codeOf(() => make({ path, inputs: { as: "none" } }))).toMatchObject({ code: "LEADER_NETWORK_INPUTS" });
    expect(await codeOf(() => make({ path, constants: { label: 1 } }))).toMatchObject({ code: "LEADER_NETWORK_INPUTS" });
    expect(await codeOf(() => make({ path, output: "nothing" }))).toMatchObject({ code: "LEADER_NETWORK_OUTPUT" });
  });

  it("refuses misspelt options", async () => {
    expect(await codeOf(() => make({ path: "a", predict: "x0" }))).toMatchObject({ code: "LEADER_BAD_ARGUMENT" });
  });

  it("says which size the file fixes", async () => {
    const factory = await createStage(onnxFile, { path: file(identity, "sigma"), tiles: "off" });
    const error = await codeOf(() => Promise.resolve().then(() => factory.at({ shape: [1, 3, 8, 6], dtype: "float32" })));
    expect(error).toMatchObject({ code: "LEADER_NETWORK_IMAGE" });
    expect(error.message).toContain("fixes its height to 4");
  });

  it("refuses a stated learned variance that the output does not have", async () => {
    const factory = await createStage(onnxFile, { path: file(identity, "sigma"), learnedVariance: true });
    expect(await codeOf(() => Promise.resolve().then(() => factory.at(image)))).toMatchObject({ code: "LEADER_NETWORK_OUTPUT" });
  });
});
