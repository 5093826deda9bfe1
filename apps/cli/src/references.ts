import { readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { isPicturePath, leaderErrors } from "leader-restore/supervision";
import { errors } from "./error-codes.js";

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
  const pictures = (await readdir(reference)).filter((name) => isPicturePath(name)).sort();
  return new Map(
    inputs.map((input) => {
      const found = pictures.find((name) => name === basename(input)) ?? pictures.find((name) => stemsOf(input).includes(stemOf(name)));
      if (found === undefined) throw errors.REFERENCE_MISSING({ folder: reference, input, wanted: stemsOf(input).at(-1)! });
      return [input, join(reference, found)];
    }),
  );
}

const stemOf = (path: string): string => basename(path, extname(path));

function stemsOf(input: string): readonly string[] {
  const stem = stemOf(input);
  const suffix = suffixes.find((ending) => stem.endsWith(ending));
  return suffix === undefined ? [stem] : [stem, stem.slice(0, -suffix.length)];
}
