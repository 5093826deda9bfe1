import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { bundledFiles } from "../bundled.js";
import { fileHash } from "../file-hash.js";

/**
 * Names values by their content: a text that is the path of a file becomes the file's SHA-256, so that a changed network is another
 * pipeline, and the same network at another place is the same.
 */
export class Fingerprints {
  readonly #directory: string;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A copy of plain data in which texts that name files are replaced. */
  async of(value: unknown): Promise<unknown> {
    if (typeof value === "string") return (await this.#file(value)) ?? value;
    if (Array.isArray(value)) return await Promise.all(value.map((item) => this.of(item)));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(async ([key, inner]) => [key, await this.of(inner)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** SHA-256 of a file's content. Errors: those of reading it. */
  async file(path: string): Promise<string> {
    return await fileHash(path);
  }

  #file(text: string): Promise<string | undefined> {
    // A path has a dot or a slash; what has neither is an option, even if a file of that name lies about.
    if (!/[./\\]/u.test(text) || text.includes("#") || text.length > 4096) return Promise.resolve(undefined);
    const known = this.#known.get(text) ?? this.#read(text);
    this.#known.set(text, known);
    return known;
  }

  async #read(text: string): Promise<string | undefined> {
    const path = (await bundledFiles())[text] ?? resolve(this.#directory, text);
    const info = await stat(path).catch(() => undefined);
    return info?.isFile() === true ? `sha256:${await this.file(path)}` : undefined;
  }
}
