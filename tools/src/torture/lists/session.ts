import type { HostTensor } from "@leader/graph";
import { normals } from "@leader/graph";
import { createPipeline, type Session } from "leader-restore";
import fc from "fast-check";
import { memoryMiB, openFiles, workingProcesses } from "../cli/processes.js";
import { photoPipeline } from "../photo-stages.js";
import type { TortureList } from "../torture-list.js";

/** Pictures of one case; ten cases share a size. */
const block = 10;
const blocks = 1000;
/** Cases until caches are full and the allocator has what it keeps. */
const warmUp = 200;
/** What caches and allocator may take until then, in MiB. */
const mostWarm = 300;
/** Memory that comes and goes with what the collector does, in MiB. */
const slack = 24;

/** A hundred sizes, all different. */
const sizeOf = (i: number): readonly [height: number, width: number] => [8 + 4 * (i % 10), 8 + 4 * (Math.floor(i / 10) % 10)];

const pictureOf = (number: number, height: number, width: number): HostTensor => ({
  shape: [1, 3, height, width],
  dtype: "float32",
  data: normals({ seed: 0, image: number, step: 0, name: "session" }, 3 * height * width).map((z) => z / 4),
});

/** What the process that computes holds. */
interface Held {
  readonly pictures: number;
  readonly memory: number;
  readonly files: number;
}

/** MiB per thousand pictures: the slope of the straight line that fits best. */
function slopeOf(samples: readonly Held[]): number {
  const mean = (f: (held: Held) => number): number => samples.reduce((sum, held) => sum + f(held), 0) / samples.length;
  const [x, y] = [mean((held) => held.pictures), mean((held) => held.memory)];
  const spread = samples.reduce((sum, held) => sum + (held.pictures - x) ** 2, 0);
  return (1000 * samples.reduce((sum, held) => sum + (held.pictures - x) * (held.memory - y), 0)) / spread;
}

/** One session that restores picture after picture of size after size. */
export function session(): TortureList<number> {
  let opened: Promise<Session> | undefined;
  let number = 0;
  const samples: Held[] = [];
  const open = async (): Promise<Session> => await (await createPipeline(...photoPipeline({ steps: 2 }))).open();
  return {
    name: "session",
    promise: `a session of 100 sizes and 10,000 pictures keeps its memory: at most 1 MiB more per 1,000 after the first ${warmUp * block}, and no more files`,
    cases: { quick: 5, full: blocks },
    examples: Array.from({ length: blocks }, (_, i) => Math.floor(i / 10)),
    generator: fc.nat(99),
    async check(size) {
      const living = await (opened ??= open());
      const [height, width] = sizeOf(size);
      for (let i = 0; i < block; i++) await living.restore(pictureOf(number++, height, width), { image: number }).result;
      const [pid] = workingProcesses(process.pid);
      if (pid === undefined) return "restored, memory is not told here";
      const held = { pictures: number, memory: memoryMiB(pid, "VmRSS")!, files: openFiles(pid) };
      samples.push(held);
      if (held.memory - samples[0]!.memory > mostWarm) throw new Error(`${held.memory.toFixed(0)} MiB after ${number} pictures`);
      if (samples.length <= warmUp) return "warming up";
      const warm = samples.slice(warmUp);
      const grown = held.memory - warm[0]!.memory;
      if (grown > slack + (held.pictures - warm[0]!.pictures) / 1000)
        throw new Error(`${grown.toFixed(1)} MiB more after ${number} pictures`);
      if (held.files > warm[0]!.files + 2) throw new Error(`${held.files} open files, ${warm[0]!.files} when it was warm`);
      const slope = slopeOf(warm);
      if (samples.length < blocks) return "flat";
      if (slope > 1) throw new Error(`memory grows by ${slope.toFixed(2)} MiB per 1,000 pictures`);
      return `flat: ${slope.toFixed(2)} MiB per 1,000 pictures, ${warm[0]!.memory.toFixed(0)} to ${held.memory.toFixed(0)} MiB, ${held.files} files`;
    },
    async close() {
      // A session that could not be opened is the failure of its case, which must be the one that is told.
      await opened?.then(
        (living) => living[Symbol.asyncDispose](),
        () => undefined,
      );
    },
  };
}
