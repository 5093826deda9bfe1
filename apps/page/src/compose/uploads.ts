/** Files that are sent along with a pipeline; its options name them as `upload:NAME`. */
export type Uploads = ReadonlyMap<string, File>;

/** The service takes so many files beside the picture. */
export const mostUploads = 3;

/** The name of a file in the pipeline: short, of letters, digits and hyphens, and no other file's. */
export function uploadName(file: string, taken: ReadonlySet<string>): string {
  const plain = file
    .replace(/\.[^.]*$/u, "")
    .replace(/[^A-Za-z0-9]+/gu, "-")
    .replace(/^[^A-Za-z]+|-+$/gu, "")
    .slice(0, 28);
  const base = plain === "" || plain === "picture" ? "file" : plain;
  for (let i = 1; ; i++) {
    const name = i === 1 ? base : `${base}-${i}`;
    if (!taken.has(name)) return name;
  }
}
