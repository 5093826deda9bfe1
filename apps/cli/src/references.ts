import { readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { isPicturePath, leaderErrors } from "leader-restore/supervision";
import { errors } from "./error-codes.js";
import { Breath, sortedGently } from "./gently.js";

/** What `degrade` and `restore` add to the name of a picture. */
const suffixes = [".measured", ".restored"];

/**
 * The clean picture of each input: the one picture that `--reference` names, or in a folder the picture of the same name, whatever its
 * format, and without what `degrade` added to it. Errors: `FILE_MISSING`, `REFERENCE_MISSING`.
 */
export async function findReferences(inputs: readonly string[], reference: string | undefined): Promise<ReadonlyMap<string, string>> {
  if (reference === undefined) return new Map();
  const info = await stat(reference).catch((cause: unknown) => {
    throw leaderErrors.FILE_MISSING({ file: reference }, { cause });
  });
  if (!info.isDirectory()) return new Map(inputs.map((input) => [input, reference]));
  const { names, stems } = await picturesIn(reference);
  const found = new Map<string, string>();
  const breath = new Breath();
  for (const input of inputs) {
    const name = basename(input);
    const picture = names.has(name)
      ? name
      : stemsOf(input)
          .flatMap((stem) => stems.get(stem) ?? [])
          .sort()[0];
    if (picture === undefined) throw errors.REFERENCE_MISSING({ folder: reference, input, wanted: stemsOf(input).at(-1)! });
    found.set(input, join(reference, picture));
    await breath.take();
  }
  return found;
}

interface Pictures {
  readonly names: ReadonlySet<string>;
  /** The first name of each stem, in their order. */
  readonly stems: ReadonlyMap<string, string>;
}

async function picturesIn(folder: string): Promise<Pictures> {
  const [names, stems, breath] = [new Set<string>(), new Map<string, string>(), new Breath()];
  for (const name of await sortedGently(await readdir(folder))) {
    await breath.take();
    if (!isPicturePath(name)) continue;
    names.add(name);
    if (!stems.has(stemOf(name))) stems.set(stemOf(name), name);
  }
  return { names, stems };
}

const stemOf = (path: string): string => basename(path, extname(path));

function stemsOf(input: string): readonly string[] {
  const stem = stemOf(input);
  const suffix = suffixes.find((ending) => stem.endsWith(ending));
  return suffix === undefined ? [stem] : [stem, stem.slice(0, -suffix.length)];
}
