import { execFile } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { operatorPipelines } from "../operator-pipelines.js";
import { restoredBits } from "../restored-bits.js";
import type { TortureList } from "../torture-list.js";

const program = fileURLToPath(new URL("../../../dist/torture/restored-bits-main.js", import.meta.url));

/** Programs of Node, one after another as in PATH; `npm install node@24` is one way to have them. */
const others = (): readonly string[] => (process.env["LEADER_NODES"] ?? "").split(delimiter).filter((path) => path !== "");

const run = promisify(execFile);

async function bitsOf(node: string, pipelines: number): Promise<readonly string[]> {
  const { stdout } = await run(node, [program, String(pipelines)], { maxBuffer: 1 << 24 });
  const found: unknown = JSON.parse(stdout);
  if (!Array.isArray(found)) throw new Error(`${node} answered ${stdout}`);
  return found.map(String);
}

/** The same measurements and pictures by every Node. */
export const nodes: TortureList<number> = {
  name: "nodes",
  promise: "a measurement and a picture have the same bits on every Node that LEADER_NODES names (this one alone: in another process)",
  cases: { quick: 1, full: 2 },
  examples: [2],
  generator: fc.constant(operatorPipelines.length),
  async check(pipelines) {
    const here = await restoredBits(pipelines);
    const became: string[] = [];
    for (const node of [process.execPath, ...others()]) {
      const { stdout: version } = await run(node, ["--version"]);
      for (const [i, bits] of (await bitsOf(node, here.length)).entries()) {
        if (bits !== here[i]) throw new Error(`pipeline ${i} differs on Node ${version.trim()}: ${bits} in place of ${here[i]!}`);
        became.push(`same on ${version.trim()}`);
      }
    }
    return became;
  },
};
