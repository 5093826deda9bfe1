import { isLeaderError, optimize, trace, type Backend, type Executable, type HostTensor } from "@leader/graph";
import type { AnyStage, StageEnvironment } from "@leader/core";
import { interpret } from "@leader/graph/reference";

/** How a backend did with a small graph. */
export type Trial =
  | {
      readonly works: true;
      readonly description: string;
      readonly startSeconds: number;
      readonly runMilliseconds: number;
      readonly largestError: number;
    }
  | { readonly works: false; readonly reason: string; readonly hint?: string };

/** A backend of a plugin. */
export interface TrialRequest {
  readonly plugin: string;
  readonly stage: string;
}

type BackendStage = Extract<AnyStage, { readonly kind: "backend" }>;

/** Largest error that rounding to float32 explains, relative to the largest value. */
const tolerance = 1e-4;

const environment: StageEnvironment = {
  resolvePath: (path) => path,
  readArray: (path) => Promise.reject(new Error(`a backend asked for the file ${path}`)),
  warn: () => undefined,
};

/** Starts a backend, without falling back to another device, and lets it compute what networks are made of. */
export async function tryBackend(stage: BackendStage): Promise<Trial> {
  const start = performance.now();
  try {
    await using backend = await stage.create(await strictOptions(stage), environment);
    const startSeconds = (performance.now() - start) / 1000;
    const { runMilliseconds, largestError } = await compute(backend);
    if (!(largestError <= tolerance))
      return { works: false, reason: `computes wrong numbers: the largest error is ${largestError.toPrecision(2)} of the largest value` };
    return { works: true, description: backend.description, startSeconds, runMilliseconds, largestError };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { works: false, reason, ...(isLeaderError(error) ? { hint: error.hint } : {}) };
  }
}

/** The defaults, but with an error where the backend would otherwise run somewhere else. */
async function strictOptions(stage: BackendStage): Promise<unknown> {
  const { validate } = stage.options["~standard"];
  for (const wish of [{ allowFallback: false }, {}]) {
    const result = await validate(wish);
    if (result.issues === undefined) return result.value;
  }
  throw new Error("its options have no defaults");
}

const tensor = (shape: readonly number[], frequency: number): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(frequency * (i + 1))),
});

const image = tensor([1, 4, 16, 16], 0.7);

/** A convolution, a normalisation, a nonlinearity and a product of matrices. */
const graph = optimize(
  trace(
    (x) => {
      const normal = x.conv(x.trace.constant(tensor([8, 4, 3, 3], 1.3)), { pads: [1, 1, 1, 1] }).standardize(2, 1e-5);
      return normal
        .mul(normal.sigmoid())
        .reshape([8, 256])
        .transpose([1, 0])
        .matmul(x.trace.constant(tensor([8, 8], 0.4)));
    },
    [image],
  ),
);

async function compute(backend: Backend): Promise<{ readonly runMilliseconds: number; readonly largestError: number }> {
  await using executable = await backend.compile(graph);
  // The first run of a graph prepares it.
  await runOnce(backend, executable);
  const start = performance.now();
  const actual = await runOnce(backend, executable);
  const runMilliseconds = performance.now() - start;
  return { runMilliseconds, largestError: relativeError(actual.data, interpret(graph, [image])[0]!.data) };
}

/** Largest difference as a share of the largest expected value; NaN if any number is. */
function relativeError(actual: HostTensor["data"], expected: HostTensor["data"]): number {
  const differences = Array.from(expected, (value, i) => Math.abs(value - actual[i]!));
  return Math.max(...differences) / Math.max(...Array.from(expected, Math.abs));
}

async function runOnce(backend: Backend, executable: Executable): Promise<HostTensor> {
  using input = await backend.upload(image);
  const [output] = await executable.run([input]);
  using result = output!;
  return await result.read();
}
