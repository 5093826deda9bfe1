import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { errors } from "../error-codes.js";
import type { Settings } from "../options.js";

const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();

const loopback: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** What is looked at of a request. */
interface Asking {
  readonly headers: IncomingHttpHeaders;
}

/** Who may ask: checks keys in constant time, and keeps pages of other origins out. */
export class Access {
  readonly #digests: readonly Buffer[];
  /** Names by which the service is reached; undefined: any, since it listens beyond this machine. */
  readonly #hosts: ReadonlySet<string> | undefined;

  constructor({ keys, host, allowedHosts }: Pick<Settings, "keys" | "host" | "allowedHosts">) {
    this.#digests = keys.map(digestOf);
    const local = loopback.includes(host) || host === "::1";
    this.#hosts = local || allowedHosts.length > 0 ? new Set([...loopback, ...allowedHosts.map((name) => name.toLowerCase())]) : undefined;
  }

  /**
   * The owner of what a request starts: a name that follows from the key, and from which the key does not follow. Errors: `KEY`.
   * Every key is compared with, and digests have one length: the time tells nothing.
   */
  ownerOf(request: Asking): string {
    if (this.#digests.length === 0) return "everybody";
    const presented = digestOf(keyOf(request) ?? "");
    let owner: string | undefined;
    for (const digest of this.#digests)
      if (timingSafeEqual(digest, presented)) owner = digestOf(`owner ${digest.toString("hex")}`).toString("hex");
    if (owner === undefined) throw errors.KEY({});
    return owner;
  }

  /** A name that resolves to this machine, or a page of another origin, must not reach the service through a browser. Errors: `ORIGIN`. */
  requireOrigin(request: Asking): void {
    const { host = "", origin } = request.headers;
    const name = host.replace(/:\d+$/u, "").toLowerCase();
    if (this.#hosts !== undefined && !this.#hosts.has(name)) throw errors.ORIGIN({ what: "host", received: shown(host) });
    if (origin !== undefined && hostOf(origin) !== host.toLowerCase()) throw errors.ORIGIN({ what: "origin", received: shown(origin) });
  }
}

function keyOf({ headers }: Asking): string | undefined {
  const bearer = /^Bearer (\S+)$/u.exec(headers.authorization ?? "")?.[1];
  const direct = headers["x-api-key"];
  return bearer ?? (typeof direct === "string" ? direct : undefined);
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

const shown = (text: string): string => text.replace(/[^\x20-\x7e]/gu, "?").slice(0, 80);
