import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import operators from "@leader/operators";

/**
 * How the work of each operator grows with the picture: making it ready (set-up: traced and compiled, without the disk cache), one data step
 * (its proximal map, what DDNM+, DDRM, DiffPIR and DDPG do with it) by processor time, and peak memory. Each size in a process of its own.
 * Goals: time per pixel within 10 % of that at the smallest size, set-up within 1 s.
 *
 *     npm run bench:growth -- [--sizes 256,512,1024,2048] [--operators gaussian-blur,...] [--seconds 300] [--json]
 */

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "256,512,1024,2048" },
    operators: { type: "string" },
    seconds: { type: "string", default: "300" },
    json: { type: "boolean", default: false },
  },
});

/** What a process measured. */
export interface Growth {
  readonly setupSeconds: number;
  readonly updateMilliseconds: number;
  readonly peakMiB: number;
}

/** Measures in a process; undefined where it takes longer than it may, or fails for want of memory. */
async function measure(name: string, size: number): Promise<Growth | undefined> {
  const child = fork(fileURLToPath(new URL("./growth-of-one.js", import.meta.url)), [name, String(size)], {
    timeout: 1000 * Number(values.seconds),
    killSignal: "SIGKILL",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return await new Promise((resolve, reject) => {
    let measured: Growth | undefined;
    child.on("message", (message: Growth) => {
      measured = message;
    });
    child.on("error", reject);
    child.on("exit", () => {
      resolve(measured);
    });
  });
}

const sizes = values.sizes.split(",").map(Number);
const names = Object.keys(operators.stages).filter((name) => values.operators === undefined || values.operators.split(",").includes(name));
const report: Record<string, Record<number, Growth | null>> = {};
for (const name of names) {
  const row: Record<number, Growth | null> = {};
  let [first, stopped] = [0, false];
  for (const size of sizes) {
    // What takes too long at one size takes longer at the next.
    const one = stopped ? undefined : await measure(name, size);
    stopped = one === undefined;
    row[size] = one ?? null;
    if (one === undefined) {
      if (!values.json) process.stdout.write(`${name.padEnd(26)} ${String(size).padStart(5)}   more than ${values.seconds} s\n`);
      continue;
    }
    const perPixel = (1e6 * one.updateMilliseconds) / size ** 2;
    if (first === 0) first = perPixel;
    if (!values.json)
      process.stdout.write(
        `${name.padEnd(26)} ${String(size).padStart(5)}   set-up ${one.setupSeconds.toFixed(2).padStart(6)} s   step ${one.updateMilliseconds.toFixed(1).padStart(8)} ms` +
          `   ${perPixel.toFixed(0).padStart(5)} ns per pixel (${(perPixel / first).toFixed(2)})   ${one.peakMiB.toFixed(0).padStart(5)} MiB\n`,
      );
  }
  report[name] = row;
}
if (values.json) process.stdout.write(`${JSON.stringify({ benchmark: "growth", operators: report })}\n`);
