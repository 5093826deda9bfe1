import { fileIntegrity, hashOf, integrityOf } from "leader-restore";
import type { Submission } from "../jobs/runner.js";
import type { Equipment } from "../worker/protocol.js";

/** Names restorations by what is restored: the picture, what was sent along, the pipeline and its networks, the options, and who asked. */
export class ContentIds {
  readonly #equipment: Equipment;
  readonly #version: string;
  readonly #networks = new Map<string, Promise<string>>();

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
      defaults: this.#equipment.defaults,
      networks: await this.#networksOf(source.text),
      picture: integrityOf(picture),
      files: Object.fromEntries([...files].map(([name, bytes]) => [name, integrityOf(bytes)])),
      options,
    });
    return uuidOf(content);
  }

  /** The content of the files that a pipeline, or what it uses by default, names. */
  async #networksOf(text: string): Promise<Readonly<Record<string, string>>> {
    const named = text + JSON.stringify(this.#equipment.defaults);
    const entries = Object.entries(this.#equipment.files).filter(([name]) => named.includes(name));
    return Object.fromEntries(await Promise.all(entries.map(async ([name, path]) => [name, await this.#contentOf(path)] as const)));
  }

  #contentOf(path: string): Promise<string> {
    const known = this.#networks.get(path) ?? fileIntegrity(path);
    this.#networks.set(path, known);
    return known;
  }
}

/** A UUID of version 8, whose bits are anybody's own. */
function uuidOf(hex: string): string {
  const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20, 32)].join("-");
}
