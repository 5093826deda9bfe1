import { phasesOf, type LinearOperator, type OperatorLocality, type SamplerGraphs } from "@leader/core";
import { avalsOf, memoryOf, sizeOf, type Aval, type GraphMemory } from "@leader/graph";
import type { RestoreWay } from "../types.js";
import { planParts, type PartPlan } from "./parts.js";

/** How a picture is cut to be restored: in parts, by a network that sees tiles, or neither. */
export interface Sizing {
  readonly plan?: PartPlan;
  /** The side that the parts were planned for. */
  readonly side?: number;
  /** The largest side that the network sees at once; absent: as its stage says. */
  readonly tile?: number;
}

/** Pictures of more pixels are restored in parts: their networks fall out of the caches, and matrices of operators grow with their cube. */
const wholePixels = 1024 * 1024;
/** Sides of parts and of tiles that are tried, in this order: smaller ones cost time, since more of them is overlap. */
const partSides = [640, 448, 320, 256] as const;
const tileSides = [512, 384, 256, 128] as const;

/** The ways to restore a picture, the fastest first. */
export function sizingsFor(
  image: Aval,
  locality: OperatorLocality | undefined,
  { parts = "auto", tile: stated }: RestoreWay = {},
): readonly Sizing[] {
  if (stated !== undefined) return [{ tile: stated }];
  const [, , height = 0, width = 0] = image.shape;
  const whole: readonly Sizing[] = [{}, ...tileSides.filter((tile) => tile < Math.max(height, width)).map((tile) => ({ tile }))];
  if (parts === "off" || locality === undefined || image.shape.length !== 4) return whole;
  const inParts = (sides: readonly number[]): readonly Sizing[] =>
    sides.flatMap((side) => {
      const plan = planParts(image.shape, locality, side);
      return plan === undefined ? [] : [{ plan, side }];
    });
  if (parts !== "auto") return [...inParts([parts]), ...(planParts(image.shape, locality, parts) === undefined ? whole : [])];
  const cut = inParts(partSides);
  return height * width > wholePixels && cut.length > 0 ? cut : [{}, ...cut, ...whole.slice(1)];
}

const mebi = 2 ** 20;

/**
 * What computing takes beside the values of graphs: results that wait to be collected, about ten images, and what goes with them. It is not
 * given back when the last step is done. Measured for images of 256 x 256 to 1024 x 1024 (docs/large-pictures.md).
 */
const [waitingImages, waitingBytes] = [10, 35 * mebi];
/**
 * What is left to be collected where every part of a picture has graphs of its own, which are traced, written as models and compiled part by part:
 * of each, and at most.
 */
const [partBytes, mostPartBytes] = [5 * mebi, 80 * mebi];

/**
 * Bytes that runtimes take over those of results, of graphs (docs/performance.md): sessions keep what they once took, of a small network less, and
 * results that are handed from one run to the next are arrays of their own, some of which wait to be collected.
 */
const [overActivations, overNetwork, overPassed] = [2.4, 2, 1.5];
/** Bytes of weights from which on a network is large, and runtimes map its weights from their file: as the backend of onnxruntime has it. */
const largeWeights = 200e6;

/** What is done with the result takes its memory beside all that computing took. */
export const afterwardsBytes = ({ afterwardsMiB = 0 }: RestoreWay): number => afterwardsMiB * mebi;

/** Bytes of a tensor of float32. */
export const bytesOf = ({ shape }: Pick<Aval, "shape">): number => 4 * sizeOf(shape);

/**
 * Bytes that running the graphs of a sampler takes at most: weights, results of every phase, and what is kept from phase to phase.
 * @param replaced how many other graphs follow, as those of the next parts of a picture: they are traced while these are still there.
 */
export function runningBytes(graphs: SamplerGraphs, replaced = 0): number {
  const phases = phasesOf(graphs).filter(({ name }) => name !== "travel");
  const kept = new Map<string, number>();
  for (const { graph, results } of phases) {
    const types = avalsOf(graph);
    for (const [name, source] of results) if (source.from === "output") kept.set(name, bytesOf(types[graph.outputs[source.index]!]!));
  }
  const memory = phases.map(({ graph }) => memoryOf(graph));
  const draws = Math.max(0, ...phases.map(({ draws: drawn }) => drawn.reduce((sum, { aval }) => sum + bytesOf(aval), 0)));
  const weights = sum(memory.map((of) => weightBytes(of.weights - of.sharedWeights)));
  const waiting = waitingBytes + waitingImages * Math.max(0, ...kept.values());
  const ofParts = replaced > 0 ? weights + Math.min(mostPartBytes, replaced * partBytes) : 0;
  return sum(memory.map(phaseBytes)) + networkBytes(memory) + sum(kept.values()) + 3 * draws + weights + ofParts + waiting;
}

/** Weights, and results at a time, of the phase that has most of them, in MiB. */
export function memoryOfPhases(graphs: SamplerGraphs): { readonly weightsMiB: number; readonly activationsMiB: number } {
  const memory = phasesOf(graphs).map(({ graph }) => memoryOf(graph));
  const most = (of: (memory: GraphMemory) => number): number => Math.max(...memory.map(of)) / mebi;
  return { weightsMiB: most(({ weights }) => weights), activationsMiB: most(({ activations }) => activations) };
}

/** Each phase has sessions of its own, which keep what they once took, for the next picture too. */
function phaseBytes({ activations, shared, passed }: GraphMemory): number {
  const inside = Math.max(0, activations - shared - passed);
  return overActivations * inside + overPassed * Math.min(passed, activations - shared);
}

/** The network has sessions for all phases together, and its weights there once. */
function networkBytes(memory: readonly GraphMemory[]): number {
  const { shared, sharedWeights } = memory.reduce((most, of) => (of.shared > most.shared ? of : most));
  const over = sharedWeights < largeWeights ? overNetwork : overActivations;
  return over * shared + weightBytes(Math.max(...memory.map((of) => of.sharedWeights)));
}

/** Small weights are in the model that a runtime reads, and then in its sessions. */
const weightBytes = (bytes: number): number => (bytes < largeWeights ? 2 * bytes : bytes);

/** Images that every sampler has at once in its graphs: the state, what the network says of it, what is measured, and the noise of the next. */
const leastAlive = 4;

/** Less than a sampler takes, told before its graphs are traced: the matrices of a large operator take minutes to make, and memory of their own. */
export function leastRunningBytes(image: Aval, sizing: Sizing): number {
  const images = waitingImages + overActivations * leastAlive;
  return waitingBytes + images * bytesOf(sampledImage(image, sizing));
}

/** The type of what is sampled at once: the image, or one of its parts. */
export function sampledImage({ shape, dtype }: Aval, { plan }: Sizing): Aval {
  const [batch = 1, channels = 1] = shape;
  return { shape: plan === undefined ? shape : [batch, channels, plan.height, plan.width], dtype };
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/** Bytes of what tells which pixels are measured, of the whole picture: it may be read only after memory was planned. */
export const maskBytes = ({ measured }: Pick<LinearOperator, "measured">): number => (measured === undefined ? 0 : bytesOf(measured));

/** Bytes of the picture itself while it is restored: the measurement and the result. */
export const pictureBytes = ({ domain, range }: LinearOperator): number => bytesOf(range) + bytesOf(domain);
