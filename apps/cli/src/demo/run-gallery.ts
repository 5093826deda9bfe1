import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defined, type HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import {
  loadPipeline,
  readPicture,
  writeFileAtomically,
  writePicture,
  type Pipeline,
  type PipelineOptions,
  visibleSamples,
} from "leader-restore";
import { makeFolders } from "leader-restore/supervision";
import { bundledOptions } from "../bundled.js";
import { galleryPage, isBelowDoingNothing, type GalleryPicture, type GalleryTask } from "../gallery-page.js";
import { fitForDemo, sideBySide, stretch } from "../montage.js";
import { checkoutFolder } from "../own-folder.js";
import { landscape } from "../sample/landscape.js";
import type { GalleryRequest } from "./requests.js";
import { Teller } from "../telling/teller.js";
import type { Ways } from "../telling/ways.js";

const presets = join(checkoutFolder, "presets");
/** The method that degrades and inverts for all, as its presets have every task. */
const first = "ddnm";

/** Restores one picture with the presets of all methods for some tasks, and writes the pictures, a row and a page of them. */
export async function runGallery({ folder, tasks, picture, size, ...rest }: GalleryRequest, ways: Ways): Promise<undefined> {
  const clean = picture === undefined ? landscape(size) : await fitForDemo(visibleSamples(await readPicture(picture)), size);
  await makeFolders(folder);
  await writePicture(join(folder, "clean.png"), clean);
  const gallery = new Gallery({ folder, ...rest }, clean, await bundledOptions(), ways);
  for (const task of tasks ?? readdirSync(join(presets, first)).map((file) => file.replace(/\.yaml$/u, ""))) await gallery.add(task);
  return undefined;
}

/** The tasks that are done so far. */
class Gallery {
  readonly #teller: Teller;
  #done: readonly GalleryTask[] = [];

  constructor(
    private readonly request: Pick<GalleryRequest, "folder" | "steps" | "methods">,
    private readonly clean: HostTensor,
    private readonly bundled: PipelineOptions,
    private readonly ways: Ways,
  ) {
    this.#teller = new Teller(ways.emit);
  }

  /** Does one more task; what is finished is on the page after every method. */
  async add(task: string): Promise<void> {
    const { folder, methods, steps } = this.request;
    const set = steps === undefined ? [] : [`scheduler={ use: "leader#uniform", with: { steps: ${steps} } }`];
    const chosen = readdirSync(presets)
      .filter((method) => existsSync(join(presets, method, `${task}.yaml`)))
      .filter((method) => methods === undefined || methods.includes(method));
    this.#teller.text(task);
    const { y, row, given } = await this.#given(task);
    let shown: GalleryTask = { title: task, clean: { name: "clean", file: "clean.png" }, given, methods: [] };
    for (const method of chosen) {
      const pipeline = await loadPipeline(join(presets, method, `${task}.yaml`), { ...this.bundled, set });
      const { image, evaluations } = await this.#restored(pipeline, y);
      row.push(image);
      const one = { ...(await this.#picture(method, `${task}-${method}.png`, image)), evaluations };
      shown = { ...shown, methods: [...shown.methods, one] };
      await writeFileAtomically(join(folder, "index.html"), galleryPage([...this.#done, shown]));
      const below = isBelowDoingNothing(shown, one) ? ", below doing nothing" : "";
      this.#teller.text(`${method.padEnd(16)} ${one.psnr!.toFixed(2)} dB, ${evaluations} evaluations${below}`);
    }
    this.#done = [...this.#done, shown];
    await writePicture(join(folder, `${task}.png`), sideBySide([...row, this.clean]));
    this.#teller.text(
      `${join(folder, `${task}.png`)}: measurement, pseudo-inverse, ${chosen.join(", ")}, clean; ${join(folder, "index.html")}`,
    );
  }

  /** The measurement, and what costs nothing. */
  async #given(task: string): Promise<{ readonly y: HostTensor; readonly row: HostTensor[]; readonly given: readonly GalleryPicture[] }> {
    const pipeline = await loadPipeline(join(presets, first, `${task}.yaml`), this.bundled);
    const y = await pipeline.degrade(this.clean, { seed: pipeline.config.seed });
    const [, channels = 1, height = 0, width = 0] = this.clean.shape;
    const seen = stretch(y, height, width);
    const inverse = await pipeline.pinv(y);
    const measurement = await this.#picture(
      "measurement",
      `${task}-measurement.png`,
      seen,
      y.shape.length === 4 && coloured(seen, channels),
    );
    const given = [measurement, await this.#picture("pseudo-inverse", `${task}-pseudo-inverse.png`, inverse)];
    for (const { name, psnr: worth } of given) if (worth !== undefined) this.#teller.text(`${name.padEnd(16)} ${worth.toFixed(2)} dB`);
    return { y, row: [seen, inverse], given };
  }

  /** Writes a picture and measures it. @param like a picture of the clean one's shape to measure in its place; false: it is no picture */
  async #picture(name: string, file: string, image: HostTensor, like: HostTensor | false = image): Promise<GalleryPicture> {
    await writePicture(join(this.request.folder, file), image);
    return { name, file, ...(like === false ? {} : { psnr: await psnr().measure(like, this.clean) }) };
  }

  async #restored(pipeline: Pipeline, y: HostTensor): Promise<{ readonly image: HostTensor; readonly evaluations: number }> {
    await using session = await pipeline.open();
    const run = session.restore(y, defined({ signal: this.ways.signal }));
    for await (const _event of run.events) this.#teller.working();
    return await run.result;
  }
}

/** A grey picture with as many channels as another. */
function coloured({ shape, data }: HostTensor, channels: number): HostTensor {
  const [n = 1, own = 1, height = 0, width = 0] = shape;
  if (own === channels) return { shape, dtype: "float32", data };
  const repeated = Float32Array.from({ length: channels * data.length }, (_, i) => data[i % data.length]!);
  return { shape: [n, channels, height, width], dtype: "float32", data: repeated };
}
