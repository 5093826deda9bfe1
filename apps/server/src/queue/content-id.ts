import { stat } from "node:fs/promises";
import { fileIntegrity, hashOf, integrityOf } from "leader-restore";
import type { Submission } from "../jobs/runner.js";
import type { Equipment } from "../worker/protocol.js";

/** Names restorations by what is restored: the picture, what was sent along, the pipeline with its params and networks, the options, and who asked. */
export class ContentIds {
  readonly #equipment: Equipment;
  readonly #version: string;
  /** The content of files by their paths, as long as they look the same. */
  readonly #networks = new Map<string, { readonly look: string; readonly content: Promise<string> }>();

  /** @param version of this package: another one may restore otherwise */
  constructor(equipment: Equipment, version: string) {
    this.#equipment = equipment;
    this.#version = version;
  }

  /** The same for the same restoration, in the form of a UUID. */
  async of({ request, restoration, files }: Submission): Promise<string> {
    const { picture, pipeline: source, pixels: _, ...options } = restoration;
    const content = hashOf({
      version: this.#version,
      owner: request.owner,
      text: source.text,
      params: source.params,
      pipeline: request.inspected.hash,
      defaults: this.#equipment.defaults,
      networks: await this.#networksOf(JSON.stringify([source, request.inspected.config])),
      picture: integrityOf(picture),
      files: Object.fromEntries([...files].map(([name, bytes]) => [name, integrityOf(bytes)])),
      options,
    });
    return uuidOf(content);
  }

  /** The content of the files that a pipeline, what it extends, or what it uses by default, names. */
  async #networksOf(text: string): Promise<Readonly<Record<string, string>>> {
    const named = text + JSON.stringify(this.#equipment.defaults);
    const entries = Object.entries(this.#equipment.files).filter(([name]) => named.includes(name));
    return Object.fromEntries(await Promise.all(entries.map(async ([name, path]) => [name, await this.#contentOf(path)] as const)));
  }

  async #contentOf(path: string): Promise<string> {
    const look = await lookOf(path);
    const known = this.#networks.get(path);
    if (look !== undefined && known?.look === look) return await known.content;
    const content = fileIntegrity(path);
    if (look === undefined) this.#networks.delete(path);
    else this.#networks.set(path, { look, content });
    return await content;
  }
}

/** What changes when a file is written to or replaced; nothing for folders, whose files say it of themselves, and for what is not there. */
async function lookOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return undefined;
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(" ");
}

/** A UUID of version 8, whose bits are anybody's own. */
function uuidOf(hex: string): string {
  const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20, 32)].join("-");
}
