import { readFile, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { isLeaderError, isRecord } from "@leader/core";
import { errors } from "../error-codes.js";
import { fileSource, isFolder, type Progress, type Source } from "../file/source.js";
import type { StoredTensor } from "../file/stored-tensor.js";
import type { Checkpoint } from "./checkpoint.js";
import { readCheckpoint } from "./read-checkpoint.js";

type Json = Readonly<Record<string, unknown>>;

const weightNames = ["diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin", "model.safetensors", "pytorch_model.bin"];
/** Configurations and lists of shards are short. */
const longestJson = 64 * 2 ** 20;

/**
 * A folder as diffusers saves it: the network itself (`config.json` and weights), or a pipeline with the network under `unet/` and the
 * schedule under `scheduler/`.
 * @throws CHECKPOINT_MISSING, CHECKPOINT_UNREADABLE, CHECKPOINT_UNKNOWN for another network than `UNet2DModel`.
 */
export async function openFolder(path: string, progress?: Progress): Promise<Checkpoint> {
  const name = basename(path);
  const pipeline = await isFolder(join(path, "unet"));
  const folder = pipeline ? join(path, "unet") : path;
  const config = await readJson(join(folder, "config.json"));
  if (config === undefined)
    throw errors.CHECKPOINT_MISSING({ file: path, problem: "the folder has neither `config.json` nor `unet/config.json`" });
  const kind = config["_class_name"] ?? "UNet2DModel";
  if (kind !== "UNet2DModel") {
    const problem = `the network is a \`${JSON.stringify(kind).replaceAll('"', "")}\`, and only \`UNet2DModel\` is read${kind === "UNet2DConditionModel" ? " (this one works on latents and needs a text)" : ""}`;
    throw errors.CHECKPOINT_UNKNOWN({ file: name, problem, known: ["UNet2DModel"], keys: [] });
  }
  const scheduler =
    (await readJson(join(path, "scheduler", "scheduler_config.json"))) ?? (await readJson(join(path, "scheduler_config.json")));
  const sources = new Sources(progress);
  try {
    const { tensors, files } = await weightsOf(folder, sources);
    return {
      name,
      format: "diffusers folder",
      bytes: sources.bytes,
      tensors,
      chosen: pipeline ? [`the network under \`unet\`, ${files}`] : [files],
      config,
      ...(scheduler === undefined ? {} : { scheduler }),
      close: () => sources.close(),
    };
  } catch (error) {
    await sources.close();
    throw error;
  }
}

/** Files that stay open as long as the checkpoint. */
class Sources {
  readonly #open: Source[] = [];
  constructor(readonly progress: Progress | undefined) {}

  get bytes(): number {
    return this.#open.reduce((sum, { size }) => sum + size, 0);
  }

  async tensors(path: string): Promise<ReadonlyMap<string, StoredTensor>> {
    const source = await fileSource(path, this.progress);
    this.#open.push(source);
    return (await readCheckpoint(source)).tensors;
  }

  async close(): Promise<void> {
    for (const source of this.#open) await source.close();
  }
}

interface FolderWeights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly files: string;
}

async function weightsOf(folder: string, sources: Sources): Promise<FolderWeights> {
  const names = new Set(await readdir(folder));
  for (const name of weightNames) {
    if (names.has(name)) return { tensors: await sources.tensors(join(folder, name)), files: `\`${name}\`` };
    if (names.has(`${name}.index.json`)) return await shards(folder, `${name}.index.json`, sources);
  }
  // Repositories often hold a second set of half the size, and some hold only that.
  const variant = [...names].sort().find((name) => /^diffusion_pytorch_model\.[\w-]+\.(safetensors|bin)$/u.test(name));
  if (variant !== undefined) return { tensors: await sources.tensors(join(folder, variant)), files: `\`${variant}\`` };
  throw errors.CHECKPOINT_MISSING({
    file: folder,
    problem: `the folder has none of ${weightNames.map((name) => `\`${name}\``).join(", ")}`,
  });
}

/** Weights in several files, by a list of names. */
async function shards(folder: string, index: string, sources: Sources): Promise<FolderWeights> {
  const refuse = (problem: string): never => {
    throw errors.CHECKPOINT_UNREADABLE({ file: index, problem });
  };
  const map = (await readJson(join(folder, index)))?.["weight_map"];
  if (!isRecord(map)) return refuse("it has no `weight_map`");
  const places = Object.entries(map);
  const files = new Set(
    places.map(([, file]) =>
      typeof file === "string" && /^[\w][\w.-]*$/u.test(file) ? file : refuse(`${JSON.stringify(file)} is no plain name of a file`),
    ),
  );
  const tensors = new Map<string, StoredTensor>();
  for (const file of files) {
    const found = await sources.tensors(join(folder, file));
    for (const [name, at] of places) {
      if (at !== file) continue;
      tensors.set(name, found.get(name) ?? refuse(`\`${name}\` is not in ${file}`));
    }
  }
  return { tensors, files: `${files.size} files listed in \`${index}\`` };
}

async function readJson(path: string): Promise<Json | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  try {
    if (!stats.isFile() || stats.size > longestJson) throw new RangeError("it is no ordinary file of moderate size");
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    if (!isRecord(value)) throw new TypeError("it is no JSON object");
    return value;
  } catch (cause) {
    if (isLeaderError(cause)) throw cause;
    throw errors.CHECKPOINT_UNREADABLE({ file: path, problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}
