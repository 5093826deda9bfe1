import { serverEvents, type ServerEvent } from "./event-stream.js";
import { failureOf, RequestFailed, unreachable } from "./failure.js";
import { aboutOf, reportOf, restorationOf, type About, type Report, type Restoration } from "./views.js";

export const formats = ["png", "webp", "jpeg", "avif", "tiff"] as const;
export type Format = (typeof formats)[number];

/** A map of uncertainty as a grey picture. */
export interface UncertaintyMap {
  readonly picture: Blob;
  /** The standard deviation that white stands for, of pictures in [0,1]. */
  readonly largest: number;
}

/** The service that this page came from. All methods throw `RequestFailed`. */
export class Service {
  /** @param keyOf the key to send along, empty for none */
  constructor(
    private readonly keyOf: () => string,
    private readonly base: string = document.baseURI,
  ) {}

  async about(): Promise<About> {
    return aboutOf(await (await this.#ask("v1")).json());
  }

  /** The JSON Schema of pipelines. */
  async schema(): Promise<unknown> {
    return await (await this.#ask("v1/schema")).json();
  }

  async submit(form: FormData, signal: AbortSignal): Promise<Restoration> {
    return restorationOf(await (await this.#ask("v1/restorations", { method: "POST", body: form, signal })).json());
  }

  async restoration(id: string): Promise<Restoration> {
    return restorationOf(await (await this.#ask(at(id))).json());
  }

  /** Cancels what is not over, forgets what is. */
  async remove(id: string): Promise<Restoration> {
    return restorationOf(await (await this.#ask(at(id), { method: "DELETE" })).json());
  }

  /** What happens to a restoration, beginning with how it stands. */
  async *events(id: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
    const { body } = await this.#ask(`${at(id)}/events`, { signal });
    if (body !== null) yield* serverEvents(body);
  }

  async picture(id: string, format: Format = "png"): Promise<Blob> {
    return await (await this.#ask(`${at(id)}/result?format=${format}`)).blob();
  }

  async report(id: string): Promise<Report> {
    return reportOf(await (await this.#ask(`${at(id)}/report`)).json());
  }

  async pipeline(id: string): Promise<string> {
    return await (await this.#ask(`${at(id)}/pipeline`)).text();
  }

  async uncertainty(id: string): Promise<UncertaintyMap> {
    const response = await this.#ask(`${at(id)}/uncertainty`, { headers: { accept: "image/png" } });
    return { picture: await response.blob(), largest: Number(response.headers.get("x-leader-largest") ?? 0) };
  }

  /** The map as an array for NumPy. */
  async uncertaintyArray(id: string): Promise<Blob> {
    return await (await this.#ask(`${at(id)}/uncertainty`, { headers: { accept: "application/octet-stream" } })).blob();
  }

  async #ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const key = this.keyOf();
    if (key !== "") headers.set("authorization", `Bearer ${key}`);
    const response = await fetch(new URL(path, this.base), { ...init, headers }).catch((error: unknown) => {
      if (init.signal?.aborted === true) throw error;
      throw new RequestFailed(unreachable);
    });
    if (response.ok) return response;
    throw new RequestFailed(failureOf(await response.json().catch(() => undefined), response.status));
  }
}

const at = (id: string): string => `v1/restorations/${encodeURIComponent(id)}`;
