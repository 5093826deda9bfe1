import type { HostTensor } from "@leader/graph";
import type { CompiledSampler } from "./compile-sampler.js";
import { Shared, type DeviceStore } from "./device-store.js";
import type { StepRecord } from "./step-record.js";

/**
 * All that a run is between two steps, besides what it was started with: given to the same sampler with the same measurement, seed and
 * noise it goes on as if it had never stopped, to the bit. Plain data.
 */
export interface RunSnapshot {
  /** Number of the next step. */
  readonly step: number;
  /** Its level: an index of the schedule. */
  readonly from: number;
  /** State of the scheduler: plain JSON. */
  readonly state: unknown;
  readonly evaluations: number;
  readonly steps: readonly StepRecord[];
  /** The named tensors of the run: x, the baseline's state, a kept estimate, the scalars of the levels. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** Who keeps snapshots of a run. */
export interface SnapshotKeeper {
  /** Asked between two steps: reading the tensors back from a device takes time. */
  readonly due: () => boolean;
  readonly keep: (snapshot: RunSnapshot) => Promise<void>;
}

/** The tensors of a run, but for those that the measurement alone makes. */
export async function tensorsOf(store: DeviceStore, sampler: CompiledSampler): Promise<RunSnapshot["tensors"]> {
  const made = await madeOfMeasurement(sampler);
  const tensors = new Map<string, HostTensor>();
  for (const [name, { tensor }] of store.entries()) if (!made.has(name)) tensors.set(name, await tensor.read());
  return tensors;
}

/** Puts the tensors of a snapshot where the run looks for them. */
export async function putBack(store: DeviceStore, sampler: CompiledSampler, tensors: RunSnapshot["tensors"]): Promise<void> {
  for (const [name, value] of tensors) store.set(name, new Shared(await sampler.backend.upload(value)));
}

async function madeOfMeasurement(sampler: CompiledSampler): Promise<ReadonlySet<string>> {
  const prepared = sampler.start.includes("prepare") ? [...(await sampler.phase("prepare")).phase.results.keys()] : [];
  return new Set(["y", "sigmaY", ...prepared]);
}
