import { join, relative } from "node:path";
import { defined, type HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import {
  loadPipeline,
  readPicture,
  writeFileAtomically,
  writePicture,
  type Pipeline,
  type RestoreResult,
  visibleSamples,
} from "leader-restore";
import { makeFolders } from "leader-restore/supervision";
import { bundledOptions } from "../bundled.js";
import { demoPage, type DemoFigures, type DemoTask } from "../demo-page.js";
import { fitForDemo, sideBySide, stretch } from "../montage.js";
import { checkoutFolder } from "../own-folder.js";
import type { DemoRequest } from "./requests.js";
import { Teller } from "../telling/teller.js";
import type { Ways } from "../telling/ways.js";
import { reportPage } from "../report/report-page.js";
import { RunRecorder } from "../report/run-recorder.js";
import { totalSeconds } from "../seconds.js";
import { landscape } from "../sample/landscape.js";

const examples = join(checkoutFolder, "examples");

interface Method {
  readonly name: string;
  readonly file: string;
}

interface Task {
  readonly name: string;
  readonly title: string;
  readonly baseline: Method;
  readonly leader: Method;
}

const tasks: readonly Task[] = [
  {
    name: "bicubic-x4",
    title: "Super-resolution x4 (bicubic)",
    baseline: { name: "DDNM", file: "bicubic-x4.yaml" },
    leader: { name: "DDNM + LEADer", file: "bicubic-x4-leader.yaml" },
  },
  {
    name: "gaussian-deblur",
    title: "Gaussian deblurring, noise 0.05",
    baseline: { name: "DDNM+", file: "gaussian-deblur.yaml" },
    leader: { name: "DDNM+ + LEADer", file: "gaussian-deblur-leader.yaml" },
  },
];

/** Degrades a picture, restores it with DDNM and with DDNM + LEADer, and writes the pictures and a page about them. */
export async function runDemo({ picture, folder }: DemoRequest, { emit, signal }: Ways): Promise<undefined> {
  const teller = new Teller(emit);
  const clean = picture === undefined ? landscape(256) : await fitForDemo(visibleSamples(await readPicture(picture)), 256);
  await makeFolders(folder);
  await writePicture(join(folder, "clean.png"), clean);
  teller.text(`picture: ${picture ?? "a generated landscape"}, ${clean.shape[2]!}x${clean.shape[3]!}\n`);
  const shown: DemoTask[] = [];
  for (const task of tasks) {
    teller.text(task.title);
    shown.push(await new TaskRun(task, clean, folder, teller, signal).run());
  }
  const page = join(folder, "index.html");
  await writeFileAtomically(page, demoPage(shown));
  teller.text(`\nresults: ${relative(process.cwd(), folder)}/ — open ${relative(process.cwd(), page)} in a browser`);
  return undefined;
}

/** One task on one picture: degraded, inverted, and restored without and with LEADer. */
class TaskRun {
  readonly #figures: DemoFigures[] = [];

  constructor(
    private readonly task: Task,
    private readonly clean: HostTensor,
    private readonly folder: string,
    private readonly teller: Teller,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<DemoTask> {
    const { task, clean, folder } = this;
    const bundled = await bundledOptions();
    const [alone, leader] = await Promise.all([task.baseline, task.leader].map(({ file }) => loadPipeline(join(examples, file), bundled)));
    const y = await alone!.degrade(clean, { seed: alone!.config.seed });
    const inverse = await alone!.pinv(y);
    await this.#tell("pseudo-inverse", inverse);
    const { image: baseline } = await this.#restore(alone!, y, task.baseline);
    const recorder = new RunRecorder({ input: task.title, pipeline: leader!, image: 0, measurement: y, reference: clean, baseline });
    const result = await this.#restore(leader!, y, task.leader, recorder);
    const [, , height = 0, width = 0] = clean.shape;
    const row = [stretch(y, height, width), inverse, baseline, result.image, clean];
    await writePicture(join(folder, `${task.name}-side-by-side.png`), sideBySide(row));
    return { title: task.title, figures: this.#figures, report: await reportPage(await recorder.finish(result)) };
  }

  async #restore(pipeline: Pipeline, y: HostTensor, { name, file }: Method, recorder?: RunRecorder): Promise<RestoreResult> {
    await using session = await pipeline.open();
    const run = session.restore(y, defined({ signal: this.signal, record: recorder && {} }));
    this.teller.begin(`${this.task.name}: ${name}`, 1, 1);
    for await (const event of run.events) {
      this.teller.event(event);
      recorder?.event(event);
    }
    const result = await run.result;
    this.teller.end();
    await writePicture(join(this.folder, file.replace(".yaml", ".png")), result.image);
    await this.#tell(name, result.image, result);
    return result;
  }

  async #tell(name: string, image: HostTensor, cost?: Pick<RestoreResult, "evaluations" | "seconds">): Promise<void> {
    const decibel = await psnr().measure(image, this.clean);
    const spent = cost === undefined ? {} : { evaluations: cost.evaluations, seconds: totalSeconds(cost.seconds) };
    this.#figures.push({ name, psnr: decibel, ...spent });
    const suffix = cost === undefined ? "" : `, ${cost.evaluations} evaluations, ${totalSeconds(cost.seconds).toFixed(1)} s`;
    this.teller.text(`  ${name.padEnd(16)} ${decibel.toFixed(2)} dB${suffix}`);
  }
}
