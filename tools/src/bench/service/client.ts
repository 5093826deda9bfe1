import { once } from "node:events";
import { Agent, request as open, type IncomingMessage, type RequestOptions } from "node:http";
import { memberOf } from "@leader/graph/records";

/** A restoration that was accepted. */
export interface Accepted {
  readonly self: string;
  readonly events: string;
}

/** What a client asks for. */
export interface Request {
  readonly picture: Uint8Array<ArrayBuffer>;
  /** Fields of the query, such as the task. */
  readonly fields: Readonly<Record<string, string>>;
}

/** One event of a restoration. */
export interface ServiceEvent {
  readonly type: string;
  readonly data: unknown;
}

/**
 * A client of the service. It shares the processors with what is measured, so it is a light one, without `fetch`.
 */
export class Client {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(url: string) {
    this.#url = url;
  }

  /** Starts a restoration. Errors: it is refused. */
  async submit(request: Request): Promise<Accepted> {
    const response = await this.#post(request);
    const answer: unknown = JSON.parse((await bytesOf(response)).toString("utf8"));
    if (response.statusCode !== 202) throw new Error(`refused with ${response.statusCode}: ${JSON.stringify(answer)}`);
    const link = (name: string): string => this.#url + String(memberOf(memberOf(answer, "links"), name));
    return { self: link("self"), events: link("events") };
  }

  /** What happens to a restoration, until it is over or the reader leaves. */
  async *events({ events }: Accepted): AsyncGenerator<ServiceEvent> {
    const response = (await this.#ask(events)).setEncoding("utf8");
    let text = "";
    for await (const chunk of response) {
      text += String(chunk);
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const [, type, data] = /^event: (\w+)\ndata: (.*)$/u.exec(text.slice(0, end)) ?? [];
        text = text.slice(end + 2);
        if (type !== undefined) yield { type, data: JSON.parse(data!) };
      }
    }
  }

  /** Restores a picture in one request, which is answered with the result. Errors: it fails. */
  async restore({ picture, fields }: Request): Promise<Uint8Array> {
    const response = await this.#post({ picture, fields }, { prefer: "wait=600" });
    const bytes = await bytesOf(response);
    if (response.statusCode !== 200) throw new Error(`answered with ${response.statusCode}: ${bytes.toString("utf8")}`);
    return bytes;
  }

  /** Cancels a restoration, or forgets its result. */
  async remove({ self }: Accepted): Promise<void> {
    await bytesOf(await this.#ask(self, { method: "DELETE" }));
  }

  #post({ picture, fields }: Request, more: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
    const query = new URLSearchParams(fields).toString();
    const headers = { "content-type": "image/png", "content-length": picture.byteLength, ...more };
    return this.#ask(`${this.#url}/v1/restorations?${query}`, { method: "POST", headers }, picture);
  }

  #ask(url: string, options: RequestOptions = {}, body?: Uint8Array): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      open(url, { ...options, agent: this.#agent }, resolve)
        .once("error", reject)
        .end(body);
    });
  }
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(response, "end");
  return Buffer.concat(chunks);
}
