import { crc32 } from "./crc32.js";
import { form, png } from "./fixture.js";
import { rawRequest } from "./raw-http.js";

/** What became of a hostile request. */
export interface Became {
  readonly status: number;
  readonly text: string;
}

/** A hostile request, and what must become of it. */
export interface HostileCase {
  readonly name: string;
  /** The statuses that are right; 0: the connection is closed without an answer. 202: accepted, and then it fails. */
  readonly status: readonly number[];
  /** The code that the answer must hold. */
  readonly code?: string;
  send(url: string, secret: string): Promise<Became>;
}

const fetched = async (url: string, path: string, init: RequestInit = {}): Promise<Became> => {
  const response = await fetch(new URL(path, url), init);
  return { status: response.status, text: await response.text() };
};

/** Sends texts as they are, with HOST replaced. */
export const raw = (name: string, status: readonly number[], ...parts: readonly string[]): HostileCase => ({
  name,
  status,
  send: (url) =>
    rawRequest(
      url,
      parts.map((part) => part.replace("HOST", new URL(url).host)),
    ),
});

/** Asks for a path as it stands. */
export const get = (name: string, path: string, status: readonly number[], code?: string): HostileCase => ({
  ...raw(name, status, `GET ${path} HTTP/1.1\r\nhost: HOST\r\nconnection: close\r\n\r\n`),
  ...(code === undefined ? {} : { code }),
});

/** Posts a body. */
export const posted = (
  name: string,
  status: readonly number[],
  code: string | undefined,
  init: (secret: string) => Promise<RequestInit> | RequestInit,
  path = "/v1/restorations",
): HostileCase => ({
  name,
  status,
  ...(code === undefined ? {} : { code }),
  send: async (url, secret) => await fetched(url, path, { method: "POST", ...(await init(secret)) }),
});

/** Posts a form with a good picture and other fields. */
export const fields = (
  name: string,
  code: string,
  more: Readonly<Record<string, string | Uint8Array>>,
  status: readonly number[] = [422],
): HostileCase => posted(name, status, code, async () => ({ body: form({ picture: await png(8), ...more }) }));

/** Posts a form with a good picture and a pipeline. */
export const pipeline = (name: string, code: string, text: (secret: string) => string, status: readonly number[] = [422]): HostileCase =>
  posted(name, status, code, async (secret) => ({ body: form({ picture: await png(8), pipeline: text(secret) }) }));

/** Posts a picture to be denoised. */
export const picture = (
  name: string,
  code: string,
  bytes: () => Uint8Array | Promise<Uint8Array>,
  status: readonly number[] = [422],
): HostileCase =>
  posted(name, status, code, async () => ({ body: form({ picture: await bytes(), task: "denoise", quality: "draft", noise: "0.1" }) }));

/** A PNG of any stated size over any data. */
export function pngOf(width: number, height: number, data: Buffer): Buffer {
  const chunk = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(crc32(Buffer.concat([Buffer.from(type), body])));
    return Buffer.concat([head, Buffer.from(type), body, tail]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Of the forms that are written by hand. */
export const boundary = "----hostile";
/** The head of a form, without the empty line. */
export const formHead = `POST /v1/restorations HTTP/1.1\r\nhost: HOST\r\nconnection: close\r\ncontent-type: multipart/form-data; boundary=${boundary}\r\n`;
/** The head of a picture, with other headers. */
export const post = (headers: string): string =>
  `POST /v1/restorations?task=denoise HTTP/1.1\r\nhost: HOST\r\nconnection: close\r\ncontent-type: image/png\r\n${headers}\r\n`;
