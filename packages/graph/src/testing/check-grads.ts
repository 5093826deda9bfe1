import { errors } from "../error-codes.js";
import type { HostTensor } from "../values.js";
import type { Graph } from "../ir/graph.js";
import type { ReferenceValue } from "../ir/op-def.js";
import { toReference } from "../ir/reference-value.js";
import { evaluateGraph } from "../reference/interpret.js";
import { differentiable, vjp } from "../transform/vjp.js";
import { combination, innerProduct, norm, normalArray } from "./evaluate.js";
import { floatData } from "../ir/ops/data.js";

export interface CheckGradientsOptions {
  /** Largest |<direction, gradient> - difference quotient| relative to |direction| |gradient|. Default 1e-6. */
  readonly tolerance?: number;
  /** Seed of the directions. Default 0. */
  readonly seed?: number;
  /** Positions of the inputs to differentiate by. Default: all float32 inputs. */
  readonly wrt?: readonly number[];
}

/** How far derivatives and differences are apart, at most. */
export interface GradientCheck {
  /** Relative to the product of the norms of direction and gradient, less what rounding can do to a difference. */
  readonly maxRelativeError: number;
  /** The same with rounding. */
  readonly maxRelativeDifference: number;
}

/** Distance of the central differences: five points make their error of order step^4. */
const step = 1e-4;

/**
 * Checks reverse mode against central differences, in the float64 interpreter: for each float32 input one random direction,
 * for the outputs one random projection, so that the cost does not grow with the number of elements.
 * The function must be smooth near the inputs.
 * @throws LEADER_GRADIENT_WRONG, which names the input.
 */
export function checkGradients(
  graph: Graph,
  inputs: readonly HostTensor[],
  { tolerance = 1e-6, seed = 0, wrt }: CheckGradientsOptions = {},
): GradientCheck {
  const values = inputs.map(toReference);
  const outputs = evaluateGraph(graph, values);
  const cotangents = outputs.flatMap((y, i) =>
    y.dtype === "float32" ? [{ output: i, value: random(y, seed, `check-grads:ct:${i}`) }] : [],
  );
  const project = (at: readonly ReferenceValue[]): Projection => {
    const found = evaluateGraph(graph, at);
    const terms = cotangents.flatMap(({ output, value }) => Array.from(value.data, (u, i) => u * found[output]!.data[i]!));
    return { value: terms.reduce((sum, t) => sum + t, 0), size: terms.reduce((sum, t) => sum + Math.abs(t), 0) };
  };
  const differentiated = differentiable(graph, wrt);
  const gradients = evaluateGraph(vjp(graph, { wrt: differentiated }), [...values, ...cotangents.map(({ value }) => value)]);
  const found = differentiated.map((input, k) => {
    const gradient = floatData(gradients[k]!);
    const direction = random(values[input]!, seed, `check-grads:direction:${input}`).data;
    const along = (t: number): Projection =>
      project(values.map((x, i) => (i === input ? { ...x, data: combination(1, floatData(x), t, direction) } : x)));
    const { difference, noise } = differentiate(along);
    const derivative = innerProduct(direction, gradient);
    const size = Math.max(norm(direction) * norm(gradient), Math.abs(difference));
    const apart = Math.abs(derivative - difference);
    const error = apart <= noise ? 0 : (apart - noise) / size;
    if (!(error <= tolerance)) throw errors.GRADIENT_WRONG({ input: graph.params[input]!.name, error, tolerance, derivative, difference });
    return { error, difference: apart === 0 ? 0 : apart / size };
  });
  return {
    maxRelativeError: Math.max(0, ...found.map(({ error }) => error)),
    maxRelativeDifference: Math.max(0, ...found.map(({ difference }) => difference)),
  };
}

/** A sum of products and the sum of their magnitudes, to which its rounding error is proportional. */
interface Projection {
  readonly value: number;
  readonly size: number;
}

/** Derivative at 0 by central differences, and the part of it that rounding alone can make. */
function differentiate(f: (t: number) => Projection): { readonly difference: number; readonly noise: number } {
  const [near, far] = [[f(step), f(-step)] as const, [f(2 * step), f(-2 * step)] as const];
  const difference = (8 * (near[0].value - near[1].value) - (far[0].value - far[1].value)) / (12 * step);
  return { difference, noise: (4 * Number.EPSILON * Math.max(...[...near, ...far].map(({ size }) => size))) / step };
}

function random(like: ReferenceValue, seed: number, name: string): ReferenceValue & { readonly data: Float64Array } {
  return { shape: like.shape, dtype: like.dtype, data: normalArray(like, seed, name) };
}
