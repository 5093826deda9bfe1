import { mkdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { loadPipeline, readPicture, writeFileAtomically, writePicture, type Pipeline } from "leader-restore";
import { bundledOptions } from "./bundled.js";
import { reportFailure } from "./failure.js";
import { Interruption } from "./interruption.js";
import { demoPage, type DemoRow } from "./demo-page.js";
import { fitForDemo, sideBySide, stretch } from "./montage.js";
import { makeProgress, type Progress } from "./render/progress.js";
import { totalSeconds } from "./seconds.js";
import { landscape } from "./sample/landscape.js";

/**
 * The main job in one command: degrade a picture, restore it with DDNM and with DDNM + LEADer, show both.
 * `npm run demo` uses a generated picture, `npm run demo -- my.jpg` yours.
 */

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));

interface Task {
  readonly name: string;
  readonly title: string;
  readonly methods: readonly { readonly name: string; readonly file: string }[];
}

const tasks: readonly Task[] = [
  {
    name: "bicubic-x4",
    title: "Super-resolution x4 (bicubic)",
    methods: [
      { name: "DDNM", file: "bicubic-x4.yaml" },
      { name: "DDNM + LEADer", file: "bicubic-x4-leader.yaml" },
    ],
  },
  {
    name: "gaussian-deblur",
    title: "Gaussian deblurring, noise 0.05",
    methods: [
      { name: "DDNM+", file: "gaussian-deblur.yaml" },
      { name: "DDNM+ + LEADer", file: "gaussian-deblur-leader.yaml" },
    ],
  },
];

async function main(args: readonly string[]): Promise<void> {
  using interruption = new Interruption();
  // npm starts scripts in the root of the workspace; the path is meant from where the user stands.
  const source = args[0] === undefined ? undefined : resolve(process.env["INIT_CWD"] ?? ".", args[0]);
  const clean = source === undefined ? landscape(256) : await fitForDemo((await readPicture(source)).tensor, 256);
  const folder = join("results", "demo");
  await mkdir(folder, { recursive: true });
  await writePicture(join(folder, "clean.png"), clean);
  process.stdout.write(`picture: ${source ?? "a generated landscape"}, ${clean.shape[2]!}x${clean.shape[3]!}\n\n`);
  const progress = await makeProgress(process.stderr.isTTY ? "terminal" : "silent");
  const rows: DemoRow[] = [];
  for (const task of tasks) {
    process.stdout.write(`${task.title}\n`);
    rows.push(await runTask(task, clean, folder, progress, interruption.signal));
  }
  const page = join(folder, "index.html");
  await writeFileAtomically(
    page,
    demoPage(rows, await Promise.all(rows.map(async (row) => (await readFile(row.picture)).toString("base64")))),
  );
  process.stdout.write(`\nresults: ${relative(process.cwd(), folder)}/ — open ${relative(process.cwd(), page)} in a browser\n`);
}

async function runTask(task: Task, clean: HostTensor, folder: string, progress: Progress, signal: AbortSignal): Promise<DemoRow> {
  const bundled = await bundledOptions();
  const first = await loadPipeline(join(examples, task.methods[0]!.file), bundled);
  const y = await first.degrade(clean, { seed: first.config.seed });
  const [, , height = 0, width = 0] = clean.shape;
  const columns: { label: string; image: HostTensor }[] = [{ label: "measurement", image: stretch(y, height, width) }];
  const baseline = await first.pinv(y);
  const decibel = (await psnr().measure(baseline, clean)).toFixed(2);
  columns.push({ label: `pseudo-inverse, ${decibel} dB`, image: baseline });
  process.stdout.write(`  ${"pseudo-inverse".padEnd(16)} ${decibel} dB\n`);
  for (const method of task.methods) {
    const pipeline = await loadPipeline(join(examples, method.file), bundled);
    const { image, text } = await restoreOnce(pipeline, y, clean, `${task.name}: ${method.name}`, progress, signal);
    await writePicture(join(folder, `${method.file.replace(".yaml", "")}.png`), image);
    columns.push({ label: `${method.name}, ${text}`, image });
    process.stdout.write(`  ${method.name.padEnd(16)} ${text}\n`);
  }
  columns.push({ label: "clean", image: clean });
  const picture = join(folder, `${task.name}-side-by-side.png`);
  await writePicture(picture, sideBySide(columns.map((column) => column.image)));
  return { title: task.title, labels: columns.map((column) => column.label), picture };
}

async function restoreOnce(
  pipeline: Pipeline,
  y: HostTensor,
  clean: HostTensor,
  label: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ image: HostTensor; text: string }> {
  await using session = await pipeline.open();
  const run = session.restore(y, { signal });
  progress.begin(label, 1, 1);
  for await (const event of run.events) progress.event(event);
  const { image, evaluations, seconds } = await run.result;
  progress.end();
  const decibel = (await psnr().measure(image, clean)).toFixed(2);
  return { image, text: `${decibel} dB, ${evaluations} evaluations, ${totalSeconds(seconds).toFixed(1)} s` };
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportFailure(error, false);
}
