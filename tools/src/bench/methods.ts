import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { HostTensor } from "@leader/graph";
import type { Pipeline, Session } from "leader-restore";
import { noisePicture, openPhotoPipeline } from "../photo-pipeline.js";
import { rawEvaluations } from "./raw-evaluations.js";

/**
 * What each method adds to a bare network evaluation: the time of its update graph per step (data step and noise step) over
 * one raw session run of the same network. Takes the presets as they are, but few steps; the smallest of several rounds counts, so
 * that other load on the machine hardly matters.
 *
 *     npm run bench:methods -- [--task gaussian-deblur] [--methods ddnm,ddrm] [--size 256] [--steps 6] [--rounds 3] [--threads 1] [--json]
 */

const { values } = parseArgs({
  options: {
    task: { type: "string", default: "gaussian-deblur" },
    methods: { type: "string" },
    size: { type: "string", default: "256" },
    steps: { type: "string", default: "6" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: String(availableParallelism()) },
    json: { type: "boolean", default: false },
  },
});
const size = Number(values.size);
const steps = Number(values.steps);
const rounds = Number(values.rounds);
const threads = Number(values.threads);
const presets = fileURLToPath(new URL("../../../presets/", import.meta.url));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A preset, changed where the row says so. */
interface Row {
  readonly name: string;
  readonly file: string;
  readonly set: readonly string[];
  /** 1.02, or 1.3 where conjugate gradients run in every step. */
  readonly goal: number;
}

// A blur with black borders has no closed form, so that these methods solve their data step by conjugate gradients.
const bounded = 'operator={ use: "@leader/operators#motion-blur", with: { size: 9, boundary: zero } }';
const rows: readonly Row[] = [
  ...readdirSync(presets, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    const { name: method } = entry;
    const tasks = readdirSync(`${presets}${method}`);
    const task = tasks.find((file) => file === `${values.task}.yaml`) ?? tasks[0]!;
    return [{ name: method, file: `${presets}${method}/${task}`, set: [], goal: 1.02 }];
  }),
  ...["ddpg", "idpg", "diffpir"].map((method) => ({
    name: `${method}, conjugate gradients`,
    file: `${presets}${method}/motion-deblur.yaml`,
    set: [bounded],
    goal: 1.3,
  })),
].filter(({ name }) => values.methods === undefined || values.methods.split(",").includes(name.split(",")[0]!));

const open = ({ file, set }: Row): Promise<Pipeline> =>
  openPhotoPipeline(file, [
    ...set,
    `scheduler={ use: "leader#uniform", with: { steps: ${steps} } }`,
    `backend={ use: "@leader/backend-onnx#cpu", with: { threads: ${threads} } }`,
  ]);

const picture = noisePicture(size);

/**
 * Milliseconds of the update graph per step, of one restoration. The evaluation that a method makes before its first step is taken off;
 * undefined for methods that evaluate the network in their updates or in an inner loop, where the two cannot be told apart.
 */
async function updateMilliseconds(session: Session, y: HostTensor): Promise<number | undefined> {
  const { seconds, steps: taken, evaluations } = await session.restore(y).result;
  const early = evaluations - taken.length;
  if (early > 1) return undefined;
  return (1000 * (seconds.update - (early * seconds.network) / taken.length)) / taken.length;
}

async function measure(row: Row): Promise<number | undefined> {
  const pipeline = await open(row);
  const y = await pipeline.degrade(picture, { seed: 0 });
  await using session = await pipeline.open();
  let best = Infinity;
  // The first restoration of a session allocates its memory.
  for (let round = 0; round <= rounds; round++) {
    const milliseconds = await updateMilliseconds(session, y);
    if (milliseconds === undefined) return undefined;
    if (round > 0) best = Math.min(best, milliseconds);
  }
  return best;
}

say("raw network");
const before = await rawEvaluations(size, 10, threads);
const measured: { readonly row: Row; readonly updateMs: number }[] = [];
for (const row of rows) {
  say(row.name);
  const updateMs = await measure(row);
  if (updateMs === undefined) say("  left out: evaluates the network in its updates");
  else measured.push({ row, updateMs });
}
const rawMs = Math.min(...before, ...(await rawEvaluations(size, 10, threads)));

const report = {
  benchmark: "methods",
  task: values.task,
  size,
  steps,
  rounds,
  threads,
  node: process.version,
  rawEvaluationMs: rawMs,
  methods: measured.map(({ row, updateMs }) => ({ method: row.name, updateMs, overRaw: 1 + updateMs / rawMs, goal: row.goal })),
};

if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  const lines = report.methods.map(
    ({ method, updateMs, overRaw, goal }) =>
      `${method.padEnd(30)} ${updateMs.toFixed(2).padStart(8)} ms per step   ${overRaw.toFixed(4)}   (goal ${goal})`,
  );
  process.stdout.write(`network evaluation, raw session ${rawMs.toFixed(1)} ms at ${size}x${size}\n${lines.join("\n")}\n`);
}
