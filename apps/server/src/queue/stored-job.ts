import { isRecord, LeaderError } from "@leader/graph";
import type { ResolvedConfig } from "leader-restore";
import { z } from "zod";
import { errors } from "../error-codes.js";
import type { RestorationReport, RestoredFiles } from "../worker/protocol.js";
import type { Storage } from "../storage/storage.js";

/** Everything that a worker must know to restore a picture, and a service to find it again. Uploads lie beside it. */
const requestSchema = z.object({
  owner: z.string(),
  created: z.number(),
  text: z.string(),
  params: z.record(z.string(), z.string()).default({}),
  seed: z.number().optional(),
  previewEvery: z.number().optional(),
  uncertainty: z.boolean(),
  pixels: z.number(),
  inspected: z.object({
    config: z.custom<ResolvedConfig>(isRecord),
    hash: z.string(),
    composed: z.string().optional(),
    result: z.object({ width: z.number(), height: z.number() }),
  }),
  /** Names of the files that were sent along. */
  files: z.array(z.string()),
});

/** How it ended. */
const endSchema = z.object({
  state: z.enum(["completed", "failed", "cancelled"]),
  started: z.number().optional(),
  ended: z.number(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string(), retryable: z.boolean() }).optional(),
  /** White of the map of uncertainty, where there is one. */
  largest: z.number().optional(),
});

const reportSchema = z.custom<RestorationReport>(isRecord);

export type StoredRequest = z.output<typeof requestSchema>;
export type StoredEnd = z.output<typeof endSchema>;
export type StoredError = NonNullable<StoredEnd["error"]>;

const fixed = ["request.json", "picture", "restored.png", "report.json", "uncertainty.npy", "uncertainty.png", "end.json"] as const;
type Fixed = (typeof fixed)[number];

/** The file whose age says for how long a restoration has been over. */
export const endName = "end.json" satisfies Fixed;

/** The files of one restoration in a storage. */
export class StoredJob {
  readonly #storage: Storage;
  readonly #id: string;

  constructor(storage: Storage, id: string) {
    this.#storage = storage;
    this.#id = id;
  }

  /** The request comes last: where it is, all that it names is. */
  async writeRequest(request: StoredRequest, picture: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    await this.#write("picture", picture);
    for (const [name, bytes] of files) await this.#storage.write(this.#uploadName(name), bytes);
    await this.#write("request.json", text(request));
  }

  async request(): Promise<StoredRequest | undefined> {
    return await this.#json("request.json", requestSchema);
  }

  /** Errors: `STORAGE` if it is not there. */
  async picture(): Promise<Uint8Array> {
    return await this.#needed("picture");
  }

  /** A file that was sent along. Errors: `STORAGE` if it is not there. */
  async upload(name: string): Promise<Uint8Array> {
    return await this.#read(this.#uploadName(name));
  }

  async writeResult({ picture, report, uncertainty }: RestoredFiles): Promise<void> {
    await this.#write("restored.png", picture);
    await this.#write("report.json", text(report));
    if (uncertainty === undefined) return;
    await this.#write("uncertainty.npy", uncertainty.array);
    await this.#write("uncertainty.png", uncertainty.picture);
  }

  /** The result of a restoration that was completed. Errors: `STORAGE` if it is not there. */
  async result({ largest }: StoredEnd): Promise<RestoredFiles> {
    const report = reportSchema.parse(JSON.parse(Buffer.from(await this.#needed("report.json")).toString("utf8")));
    const files = { picture: await this.#needed("restored.png"), report };
    if (largest === undefined) return files;
    const [array, picture] = [await this.#needed("uncertainty.npy"), await this.#needed("uncertainty.png")];
    return { ...files, uncertainty: { array, picture, largest } };
  }

  async writeEnd(end: StoredEnd): Promise<void> {
    await this.#write(endName, text(end));
  }

  async end(): Promise<StoredEnd | undefined> {
    return await this.#json(endName, endSchema);
  }

  async removeEnd(): Promise<void> {
    await this.#storage.remove([`${this.#id}/${endName}`]);
  }

  /** Removes all of it; the request first, so that nobody finds what is going. */
  async remove(): Promise<void> {
    const uploads = ((await this.request())?.files ?? []).map((name) => this.#uploadName(name));
    await this.#storage.remove([...fixed.map((name) => `${this.#id}/${name}`), ...uploads]);
  }

  #uploadName(name: string): string {
    return `${this.#id}/upload-${name}`;
  }

  async #write(name: Fixed, bytes: Uint8Array): Promise<void> {
    await this.#storage.write(`${this.#id}/${name}`, bytes);
  }

  async #needed(name: Fixed): Promise<Uint8Array> {
    return await this.#read(`${this.#id}/${name}`);
  }

  async #read(name: string): Promise<Uint8Array> {
    const bytes = await this.#storage.read(name);
    if (bytes === undefined) throw errors.STORAGE({ what: "find", name, problem: "it was removed" });
    return bytes;
  }

  /** What another version wrote and this one cannot read counts as absent. */
  async #json<T>(name: Fixed, schema: z.ZodType<T>): Promise<T | undefined> {
    const bytes = await this.#storage.read(`${this.#id}/${name}`);
    return bytes === undefined ? undefined : schema.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8"))).data;
  }
}

const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** An error as it is stored. */
export function storedError(error: LeaderError): StoredError {
  const { code, message, hint, retryable } = error;
  return { code, message, hint, retryable };
}

/** The error again. */
export function errorOf({ code, ...advice }: StoredError): LeaderError {
  return new LeaderError(code, advice);
}

/** Reads an error from the text of a failed task; what is none says that a worker failed. */
export function errorInText(reason: string): LeaderError {
  const parsed = endSchema.shape.error.unwrap().safeParse(jsonOrNothing(reason));
  return parsed.success ? errorOf(parsed.data) : errors.FAILED({ problem: reason.split("\n", 1)[0]!.slice(0, 200) });
}

function jsonOrNothing(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
