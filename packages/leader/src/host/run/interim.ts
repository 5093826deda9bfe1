import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { PipelineEventBody, RunSnapshot, SnapshotKeeper } from "@leader/core";
import type { HostTensor } from "@leader/graph";
import { isRecord } from "@leader/graph/records";
import type { NoiseLevel } from "../../noise/noise-level.js";
import { makeFolders } from "../../files/make-folders.js";
import { writeFileAtomically } from "../../picture/atomic-file.js";
import type { MadeWith } from "../pinned.js";
import type { RestoreOptions } from "../types.js";
import type { Sampled } from "./sampled.js";

/** A state is kept every so often at most, and seldom enough that keeping takes at most a twentieth of the time. */
const everyMs = 5000;
const costs = 20;

/** Where an interrupted restoration went on: parts that were finished, and the step of the part (or of the whole picture) after them. */
export interface Resumed {
  readonly parts: number;
  readonly step: number;
}

/**
 * What is finished of one picture, in a folder of its own: its finished parts, and every few seconds the state of what is being sampled.
 * Every file names the key of all that decides about the bits of the result, and the hash of its content: what does not fit, is torn or
 * was changed counts as not there. A folder that cannot be written to costs a warning, not the result.
 */
export class Interim {
  readonly #folder: string;
  readonly #key: string;
  readonly #warn: (problem: string) => void;
  #parts = 0;
  #step = 0;
  #lastMs = performance.now();
  #costMs = 0;
  #broken = false;

  /** @param key of all that decides about the bits of the result */
  constructor(folder: string, key: string, emit: (event: PipelineEventBody) => void) {
    this.#folder = folder;
    this.#key = key;
    this.#warn = (problem) =>
      emit({ type: "warning", code: "LEADER_INTERIM_NOT_KEPT", message: `a killed run will begin anew: ${folder}: ${problem}` });
  }

  /** What was taken over so far; undefined: nothing. */
  get resumed(): Resumed | undefined {
    return this.#parts + this.#step === 0 ? undefined : { parts: this.#parts, step: this.#step };
  }

  /** A part that an earlier run finished. */
  async part(index: number): Promise<Sampled | undefined> {
    const value = await this.#read(`part-${index}`);
    if (!isSampled(value)) return undefined;
    this.#parts++;
    return value;
  }

  async keepPart(index: number, sampled: Sampled): Promise<void> {
    await this.#write(`part-${index}`, sampled);
    this.#lastMs = performance.now();
  }

  /** The state that an earlier run left of this part; 0 for a picture that is sampled whole. */
  async state(index: number): Promise<RunSnapshot | undefined> {
    const value = await this.#read("state");
    if (!isState(value) || value.index !== index) return undefined;
    this.#step = value.snapshot.step;
    return value.snapshot;
  }

  /** Keeps the states of a part. */
  keeper(index: number): SnapshotKeeper {
    return {
      due: () => !this.#broken && performance.now() - this.#lastMs > Math.max(everyMs, costs * this.#costMs),
      keep: async (snapshot) => {
        const start = performance.now();
        await this.#write("state", { index, snapshot });
        this.#lastMs = performance.now();
        this.#costMs = this.#lastMs - start;
      },
    };
  }

  async #read(name: string): Promise<unknown> {
    const bytes = await readFile(join(this.#folder, name)).catch(() => undefined);
    const end = bytes?.indexOf("\n") ?? -1;
    if (bytes === undefined || end < 0) return undefined;
    const content = bytes.subarray(end + 1);
    // A foreign key is not read any further.
    const [key, hash] = bytes.toString("latin1", 0, end).split(" ");
    return key === this.#key && hash === sha256(content) ? (deserialize(content) as unknown) : undefined;
  }

  async #write(name: string, value: Sampled | State): Promise<void> {
    if (this.#broken) return;
    const content = serialize(value);
    try {
      // Another process that finishes the same picture removes the folder.
      await makeFolders(this.#folder);
      await writeFileAtomically(join(this.#folder, name), Buffer.concat([Buffer.from(`${this.#key} ${sha256(content)}\n`), content]));
    } catch (error) {
      this.#broken = true;
      this.#warn(error instanceof Error ? error.message : String(error));
    }
  }
}

interface State {
  readonly index: number;
  readonly snapshot: RunSnapshot;
}

/** What `RestoreOptions.interim` asks for; a report shows all steps, and so begins at the first. */
export const interimFor = (
  { interim, record }: Pick<RestoreOptions, "interim" | "record">,
  made: MadeWith,
  { noise, y }: { readonly noise: NoiseLevel; readonly y: HostTensor },
  emit: (event: PipelineEventBody) => void,
): Interim | undefined =>
  interim === undefined || record !== undefined ? undefined : new Interim(interim, interimKey(made, noise, y), emit);

/** The key of all that decides about the bits of a result: pipeline with its files, versions, machine, seed, cut, and the measurement. */
function interimKey(made: MadeWith, noise: NoiseLevel, { shape, data }: HostTensor): string {
  const content = sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return sha256(JSON.stringify([made, noise, shape, content]));
}

const sha256 = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");

/** These files are this program's own: what they hold is told by a key of each kind. */
const isSampled = (value: unknown): value is Sampled => isRecord(value) && "x" in value && "seconds" in value;
const isState = (value: unknown): value is State => isRecord(value) && "snapshot" in value;
