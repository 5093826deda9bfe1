import { basename, extname } from "node:path";
import { hashOf } from "leader-restore";
import { version } from "../version.js";
import type { Bench } from "./bench-file.js";
import { Fingerprints } from "./fingerprint.js";
import type { Combination } from "./pipelines.js";
import type { Unit } from "./unit.js";

/** All units of a bench, in the order of the file; those whose results others are compared with come first. */
export async function planUnits(bench: Bench, combinations: readonly Combination[]): Promise<readonly Unit[]> {
  const { file, directory, images } = bench;
  const fingerprints = new Fingerprints(directory);
  const pictures = await Promise.all(images.map(async (path) => ({ path, hash: await fingerprints.file(path).catch(() => "unreadable") })));
  const metrics = await fingerprints.of(file.metrics);
  const shared = { version, metrics, size: file.images.size, trajectory: file.trajectory !== undefined };
  const tasks = Object.keys(file.tasks);
  const references = referenceMethods(bench);
  const configs = new Map<Combination, unknown>();
  for (const combination of combinations) configs.set(combination, await fingerprints.of({ ...combination.pipeline.config, seed: 0 }));
  const units: Unit[] = [];
  for (const combination of referencesFirst(references, combinations)) {
    const { method, task, pipeline } = combination;
    // What a distance is measured to decides the number as much as the method itself.
    const compared = combinations.filter((other) => other.task === task && references.has(other.method)).map((other) => configs.get(other));
    const config = [configs.get(combination), compared];
    const plugins = pipeline.plugins.map((plugin) => `${plugin.name}@${plugin.version}`);
    for (const [number, { path, hash }] of pictures.entries()) {
      for (const [s, seed] of file.seeds.entries()) {
        const id = hashOf({ ...shared, config, plugins, picture: hash, number, seed }).slice(0, 40);
        const cell = (tasks.indexOf(task) * pictures.length + number) * file.seeds.length + s;
        units.push({ id, method, task, image: basename(path, extname(path)), number, path, seed, cell });
      }
    }
  }
  return units;
}

/** Methods that a `distance` compares with. */
export const referenceMethods = ({ file }: Bench): ReadonlySet<string> =>
  new Set(file.metrics.flatMap(({ to }) => (to === undefined ? [] : [to])));

function referencesFirst(references: ReadonlySet<string>, combinations: readonly Combination[]): readonly Combination[] {
  return [...combinations].sort((a, b) => Number(references.has(b.method)) - Number(references.has(a.method)));
}
