import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MetricIdentity } from "@leader/metrics";
import type { RestoreSeconds } from "leader-restore";
import { makeFolders, writeFileAtomically } from "leader-restore/supervision";

/** One picture restored by one method, with one seed: what a bench computes once. */
export interface Unit {
  /** Hash of everything that decides the result. */
  readonly id: string;
  readonly method: string;
  readonly task: string;
  readonly image: string;
  /** Number of the picture in its folder: part of the key of its noise. */
  readonly number: number;
  readonly path: string;
  readonly seed: number;
  /** Number of the (task, picture, seed) that all methods share: shards divide these, so that comparisons stay paired. */
  readonly cell: number;
}

/** A point of the way from noise to the result. */
export interface TrajectoryPoint {
  readonly evaluations: number;
  /** PSNR of the 8-bit preview of the estimate, in dB. */
  readonly psnr: number;
  /** Mean predicted variance, where the pipeline estimates one. */
  readonly uncertainty?: number;
}

interface UnitHead {
  readonly type: "unit";
  readonly unit: string;
  readonly method: string;
  readonly task: string;
  readonly image: string;
  readonly seed: number;
}

export interface UnitSuccess extends UnitHead {
  readonly status: "ok";
  readonly metrics: Readonly<Record<string, { readonly identity: MetricIdentity; readonly value: number }>>;
  readonly evaluations: number;
  readonly outcome: string;
  readonly trajectory?: readonly TrajectoryPoint[];
  readonly seconds: RestoreSeconds;
  /** False for the first restoration of a process, whose time includes warming up. */
  readonly warm: boolean;
  readonly peakMemoryMiB: number;
  readonly backend: string;
}

export interface UnitFailure extends UnitHead {
  readonly status: "failed";
  readonly error: { readonly code: string; readonly message: string };
  /** Trying again may help, so the next start does. */
  readonly temporary: boolean;
}

export type UnitRecord = UnitSuccess | UnitFailure;

/** One file per unit, written atomically: a kill at any moment leaves whole records only. */
export class UnitStore {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(output: string): Promise<UnitStore> {
    const folder = join(output, "units");
    await makeFolders(folder);
    return new UnitStore(folder);
  }

  /** Undefined if there is no record, or one that is not ours. */
  async read(id: string): Promise<UnitRecord | undefined> {
    const text = await readFile(this.#path(id), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    const record = parse(text);
    return record?.type === "unit" && record.unit === id ? record : undefined;
  }

  async write(record: UnitRecord): Promise<void> {
    await writeFileAtomically(this.#path(record.unit), `${unitLine(record)}\n`);
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

/** A record as one line of JSON. JSON has no infinity, which is the PSNR of equal images: it becomes a text. */
export const unitLine = (record: UnitRecord): string =>
  JSON.stringify(record, (_, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value));

function parse(text: string): UnitRecord | undefined {
  try {
    return JSON.parse(text, (_, value: unknown) =>
      value === "Infinity" ? Infinity : value === "-Infinity" ? -Infinity : value,
    ) as UnitRecord;
  } catch {
    return undefined;
  }
}
