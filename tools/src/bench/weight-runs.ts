import { optimize, roundedToHalves, trace, type Graph } from "@leader/graph";
import { makeBackend } from "../conformance/backends.js";
import { timedRuns, wave } from "./timed-runs.js";

/** One measurement of a way to keep weights, in a process of its own (with `--expose-gc`): sends a `WeightRun` to the parent. */
export interface WeightRun {
  readonly description: string;
  /** What compiling and running added to the process, of its resident memory. */
  readonly megabytes: number;
  readonly networkMs: readonly number[];
}

const [name = "", weights = "", layersText = "", runsText = ""] = process.argv.slice(2);
const [layers, runs] = [Number(layersText), Number(runsText)];
const channels = 512;
const size = 16;

/** Convolutions of many channels over few pixels, whose weights are numbers of float16. */
function network(): Graph {
  const image = { shape: [1, channels, size, size], dtype: "float32" } as const;
  return trace(
    (x) =>
      Array.from({ length: layers }).reduce<typeof x>((y, _, i) => {
        const filter = roundedToHalves(wave([channels, channels, 3, 3], 0.02, i));
        return y.conv(y.trace.constant(filter), { pads: [1, 1, 1, 1] }).tanh();
      }, x),
    [image],
  );
}

/** After what nobody holds any more is gone; buffers go in a task of their own. */
async function resident(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

const graph = optimize(network());
await using backend = await makeBackend(name, { weights });
using x = await backend.upload(wave([1, channels, size, size]));
const before = await resident();
await using executable = await backend.compile(graph);
const networkMs = await timedRuns(executable, [x], runs);
const result: WeightRun = { description: backend.description, megabytes: (await resident()) - before, networkMs };
process.send?.(result, () => process.exit());
