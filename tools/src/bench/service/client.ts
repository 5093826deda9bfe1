import { memberOf } from "@leader/graph/records";

/** A restoration that was accepted. */
export interface Accepted {
  readonly self: string;
  readonly events: string;
  readonly result: string;
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

/** A client of the service as a program would write it. */
export class Client {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Starts a restoration. Errors: it is refused. */
  async submit({ picture, fields }: Request): Promise<Accepted> {
    const query = new URLSearchParams(fields).toString();
    const init = { method: "POST", body: picture, headers: { "content-type": "image/png" } };
    const response = await fetch(`${this.#url}/v1/restorations?${query}`, init);
    const answer: unknown = await response.json();
    if (response.status !== 202) throw new Error(`refused with ${response.status}: ${JSON.stringify(answer)}`);
    const link = (name: string): string => this.#url + String(memberOf(memberOf(answer, "links"), name));
    return { self: link("self"), events: link("events"), result: link("result") };
  }

  /** What happens to a restoration, until it is over or the reader leaves. */
  async *events({ events }: Accepted): AsyncGenerator<ServiceEvent> {
    const { body } = await fetch(events);
    let text = "";
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const [, type, data] = /^event: (\w+)\ndata: (.*)$/u.exec(text.slice(0, end)) ?? [];
        text = text.slice(end + 2);
        if (type !== undefined) yield { type, data: JSON.parse(data!) };
      }
    }
  }

  /** Restores a picture and fetches the result. Errors: it fails. */
  async restore(request: Request): Promise<Uint8Array> {
    const accepted = await this.submit(request);
    let last: unknown;
    for await (const { type, data } of this.events(accepted)) if (type === "state") last = data;
    if (memberOf(last, "state") !== "completed") throw new Error(`not completed: ${JSON.stringify(last)}`);
    return new Uint8Array(await (await fetch(accepted.result)).arrayBuffer());
  }

  /** Cancels a restoration, or forgets its result. */
  async remove({ self }: Accepted): Promise<void> {
    await (await fetch(self, { method: "DELETE" })).arrayBuffer();
  }
}
