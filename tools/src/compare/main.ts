import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isLeaderError } from "@leader/graph/errors";
import { hostModule } from "./checkout.js";
import { compareOptions, type CompareOptions } from "./options.js";
import { compareWalks, formatComparison, type Walk, type WalkRequest } from "./walk.js";

/**
 * Walks presets in two checkouts on the onnx backend and compares the trajectories bit for bit: the measurement, the estimate, variance and
 * decision of every step, and the result. Each checkout runs its own built code on its own presets, with the bundled prior, once as the
 * baseline and once with LEADer. Exits with 1 where anything differs.
 *
 *     npm run compare-checkouts -- OTHER [--base .] [--only gaussian-deblur,ddnm/inpainting] [--seeds 0,1] [--steps 8] [--side 32]
 */
async function main(options: CompareOptions): Promise<number> {
  const [base, against] = await Promise.all([walksOf(options.base, options), walksOf(options.other, options)]);
  const comparisons = compareWalks(base, against);
  if (comparisons.every(({ steps }) => steps === 0)) throw new Error("no trajectory was walked: does --only name a task or a preset?");
  const refused = base.filter((walk) => "error" in walk && comparisons.some((c) => sameWalk(c, walk) && c.difference === undefined));
  process.stdout.write(formatComparison(comparisons, refused.length));
  for (const walk of refused) if ("error" in walk) process.stdout.write(`refused: ${walk.preset}, ${walk.variant}: ${walk.error}\n`);
  return comparisons.some(({ difference }) => difference !== undefined) ? 1 : 0;
}

function walksOf(folder: string, { only, seeds, steps, side }: CompareOptions): Promise<readonly Walk[]> {
  const checkout = resolve(folder);
  hostModule(checkout);
  const request: WalkRequest = { checkout, tasks: only, seeds, steps, side };
  const walker = fileURLToPath(new URL("./walker.js", import.meta.url));
  const child = spawn(process.execPath, [walker, JSON.stringify(request)], { cwd: checkout, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      if (code !== 0) fail(new Error(`the walk of ${checkout} ended with exit code ${code ?? "none"}`));
      else done(output.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Walk])));
    });
  });
}

function sameWalk(a: { preset: string; variant: string; seed: number }, b: Walk): boolean {
  return a.preset === b.preset && a.variant === b.variant && a.seed === b.seed;
}

try {
  process.exitCode = await main(compareOptions(process.argv.slice(2)));
} catch (error) {
  const { message } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(isLeaderError(error) ? `${error.code}: ${error.message}\n  ${error.hint}\n` : `${message}\n`);
  process.exitCode = 2;
}
