import fc from "fast-check";
import { trace, type Aval, type HostTensor, type Tensor } from "@leader/graph";
import { interpret } from "@leader/graph/reference";
import type { LinearOperator } from "@leader/core";
import operators from "@leader/operators";
import type { TortureList } from "../torture-list.js";

interface Case {
  readonly name: string;
  readonly options: object;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly seed: number;
}

const side = fc.integer({ min: 1, max: 4 }).map((n) => 4 * n);
const seed = fc.nat(1000);
const taps = fc.integer({ min: 0, max: 3 }).map((n) => 2 * n + 1);
const boundary = fc.constantFrom("zero", "periodic", "reflect");
const ratio = fc.double({ min: 0.1, max: 1, noNaN: true });

/** Options of every operator within their ranges. */
const options: Readonly<Record<string, fc.Arbitrary<object>>> = {
  denoising: fc.constant({}),
  inpainting: fc.record({ random: fc.record({ fraction: fc.double({ min: 0.1, max: 0.9, noNaN: true }), seed }) }),
  "super-resolution": fc.record({ method: fc.constantFrom("bicubic", "average-pool"), factor: fc.constantFrom(2, 4) }),
  "gaussian-blur": fc.record({ size: taps, sigma: fc.double({ min: 0.5, max: 10, noNaN: true }), boundary }),
  "uniform-blur": fc.record({ size: taps, boundary }),
  "anisotropic-blur": fc.record({ size: taps, boundary }),
  "motion-blur": fc.record({ size: fc.constant(3), intensity: fc.constant(0.5), seed }),
  colorization: fc.constant({}),
  "walsh-hadamard": fc.record({ ratio, seed }),
  "block-compressed-sensing": fc.record({ ratio, seed, blockSize: fc.integer({ min: 2, max: 8 }) }),
};

const generator: fc.Arbitrary<Case> = fc.constantFrom(...Object.keys(operators.stages)).chain((name) =>
  fc.record({
    name: fc.constant(name),
    options: options[name]!,
    height: side,
    width: side,
    channels: fc.constant(3),
    seed,
  }),
);

/** Deterministic numbers about as large as pixels. */
const numbers = ({ shape }: Aval, from: number): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i * (1 + from) + from)),
});

const run = (f: (x: Tensor) => Tensor, x: HostTensor): HostTensor => interpret(trace(f, [{ shape: x.shape, dtype: x.dtype }]), [x])[0]!;
const dot = (a: HostTensor, b: HostTensor): number => Float64Array.from(a.data).reduce((sum, value, i) => sum + value * b.data[i]!, 0);
const norm = (a: HostTensor): number => Math.sqrt(dot(a, a));
const distance = (a: HostTensor, b: HostTensor): number => Math.hypot(...Array.from(a.data, (value, i) => value - b.data[i]!));

/** Laws that hold to rounding in float32 constants. */
const tolerance = 1e-5;

function requireLaw(name: string, error: number, scale: number): void {
  if (!(error <= tolerance * Math.max(scale, 1))) throw new Error(`${name}: error ${error} at size ${scale}`);
}

function checkLaws(operator: LinearOperator, from: number): void {
  const [x, z, y] = [numbers(operator.domain, from), numbers(operator.domain, from + 1), numbers(operator.range, from + 2)];
  const apply = (v: HostTensor): HostTensor => run((t) => operator.apply(t), v);
  const [ax, az, aty] = [apply(x), apply(z), run((t) => operator.adjoint(t), y)];
  requireLaw("<A x, y> = <x, A^T y>", Math.abs(dot(ax, y) - dot(x, aty)), norm(ax) * norm(y) + norm(x) * norm(aty));
  const sum = apply({ ...x, data: Float32Array.from(x.data, (value, i) => value - 2 * z.data[i]!) });
  const expected = { ...ax, data: Float32Array.from(ax.data, (value, i) => value - 2 * az.data[i]!) };
  requireLaw("A (x - 2 z) = A x - 2 A z", distance(sum, expected), norm(expected));
  const { pinv } = operator;
  if (pinv === undefined) return;
  requireLaw("A A^+ A = A", distance(apply(run((t) => pinv.call(operator, t), ax)), ax), norm(ax));
}

/** The laws of every operator on random options and sizes. */
export const operatorLaws: TortureList<Case> = {
  name: "operators",
  promise: "<A x, y> = <x, A^T y>, linearity, and A A^+ A = A to 1e-5",
  cases: { quick: 60, full: 1000 },
  generator,
  async check({ name, options: given, height, width, channels, seed: from }) {
    const stage = operators.stages[name];
    if (stage?.kind !== "operator") throw new Error(`${name} is no operator`);
    const validated = await stage.options["~standard"].validate(given);
    if (validated.issues !== undefined) throw new Error(JSON.stringify(validated.issues));
    const factory = await stage.create(validated.value, {
      resolvePath: (path) => path,
      readArray: () => Promise.reject(new Error("no array is there")),
      warn: () => undefined,
    });
    checkLaws(factory.at({ shape: [1, channels, height, width], dtype: "float32" }), from);
    return name;
  },
};
