import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createOnnxBackend } from "@leader/backend-onnx";
import { defined } from "@leader/graph";
import { lpips } from "@leader/metrics";
import { photoPrior } from "@leader/prior-photo";
import { openPhotoPipeline } from "../photo-pipeline.js";
import { centreCrops } from "../pictures.js";
import { measurePreset, type PresetRow } from "./measure.js";
import { presetsPage } from "./page.js";
import { reasonFaults, reasonOf } from "./reasons.js";

/**
 * Runs every preset (task x method) on crops of tuning pictures, and writes `docs/presets.md`: PSNR, LPIPS and evaluations against the
 * measurement and the pseudo-inverse.
 *
 *     npm run presets -- FOLDER [--images 4] [--size 64] [--methods ddnm,daps] [--tasks colorization] [--no-page | --cached]
 *
 * What is done stays done in `results/presets`: a changed preset is measured again. `--cached` makes the page of what is there. LPIPS needs `out/weights/lpips-alex.onnx`
 * (`leader import-lpips`). Ends with 1 where a preset is worth less than what costs nothing and does not say why, or says so and is worth more.
 */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: "string", default: "4" },
    size: { type: "string", default: "64" },
    methods: { type: "string" },
    tasks: { type: "string" },
    "no-page": { type: "boolean", default: false },
    cached: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("name a folder of photographs");

const presets = join(root, "presets");
const cache = join(root, "results/presets");
const chosen = (list: string | undefined, name: string): boolean => list === undefined || list.split(",").includes(name);
const names = readdirSync(presets, { withFileTypes: true }).filter((entry) => entry.isDirectory() && chosen(values.methods, entry.name));
const files = names.flatMap(({ name: method }) =>
  readdirSync(join(presets, method))
    .filter((file) => file.endsWith(".yaml") && chosen(values.tasks, file.slice(0, -5)))
    .map((file) => ({ method, task: file.slice(0, -5), path: join(presets, method, file) })),
);

/** Small pictures gain nothing from a second thread, and several processes may share the work. */
const oneThread = 'backend={ use: "@leader/backend-onnx#cpu", with: { threads: 1 } }';

const network = join(root, "out/weights/lpips-alex.onnx");
const backend = existsSync(network)
  ? await createOnnxBackend(
      { prefer: ["cpu"], threads: 1, graphOptimization: "all", memoryArena: true, memoryPattern: false, spinning: "during-run" },
      { warn: (_, message) => void process.stderr.write(`${message}\n`) },
    )
  : undefined;
const perceptual = backend === undefined ? undefined : lpips(readFileSync(network), network, backend);
const pictures = await centreCrops(folder, Number(values.images), Number(values.size));
const setting = [photoPrior.sha256, perceptual === undefined, ...pictures.map(({ data }) => sha256(new Uint8Array(data.buffer)))];
mkdirSync(cache, { recursive: true });

const rows: PresetRow[] = [];
const missing: string[] = [];
for (const { method, task, path } of files) {
  const pipeline = await openPhotoPipeline(path, [oneThread]);
  const { backend: _backend, ...stages } = pipeline.config;
  const unit = join(cache, `${sha256(JSON.stringify([method, task, stages, ...setting])).slice(0, 32)}.json`);
  if (!existsSync(unit)) {
    if (values.cached) {
      missing.push(`${method}/${task}`);
      continue;
    }
    const row = await measurePreset({ method, task }, pipeline, pictures, perceptual);
    writeFileSync(unit, JSON.stringify(row));
  }
  const row: unknown = JSON.parse(readFileSync(unit, "utf8"));
  if (!isRow(row)) throw new Error(`${unit} holds no row of the table`);
  rows.push({ ...row, ...defined({ reason: reasonOf(readFileSync(path, "utf8")) }) });
  const { restored, pinv, measurement, evaluations } = row;
  const others = [measurement, pinv].map((worth) => worth?.psnr.toFixed(2) ?? "-").join("\t");
  process.stdout.write(`${method}/${task}\t${restored.psnr.toFixed(2)}\t${evaluations}\t${others}\n`);
}

if (!values["no-page"] && values.methods === undefined && values.tasks === undefined) {
  const page = presetsPage(rows, {
    command: `npm run presets -- FOLDER --images ${values.images} --size ${values.size}${values.cached ? " --cached" : ""}`,
    pictures: `centre crops of ${values.size} x ${values.size} of the first ${pictures.length} tuning photographs, on which no result is reported`,
    prior: `@leader/prior-photo, SHA-256 ${photoPrior.sha256.slice(0, 16)}…`,
    missing,
  });
  writeFileSync(join(root, "docs/presets.md"), page);
  process.stderr.write("docs/presets.md\n");
}
await perceptual?.[Symbol.asyncDispose]();
const faults = reasonFaults(rows);
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;

/** Files of the cache are this program's own: what they hold is told by one of its keys. */
function isRow(value: unknown): value is PresetRow {
  return typeof value === "object" && value !== null && "restored" in value && "evaluations" in value;
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
