/** A stage reference, taken apart. */
export interface ParsedReference {
  /** A package name, or a path that begins with `.` or `/`. */
  readonly plugin: string;
  readonly stage: string;
  readonly isFile: boolean;
}

const packageName = /^(?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/u;
const filePath = /^(?:\.{1,2}\/|\/|[A-Za-z]:[\\/]).+\.m?js$/u;

/** Takes apart `<package>#<stage>` or `./file.js#<stage>`; undefined if the text is neither. */
export function parseReference(reference: string): ParsedReference | undefined {
  const hash = reference.lastIndexOf("#");
  if (hash <= 0) return undefined;
  const plugin = reference.slice(0, hash);
  const stage = reference.slice(hash + 1);
  if (stage === "") return undefined;
  if (filePath.test(plugin)) return { plugin, stage, isFile: true };
  return packageName.test(plugin) ? { plugin, stage, isFile: false } : undefined;
}
