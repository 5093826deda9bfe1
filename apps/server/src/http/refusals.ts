import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { errors } from "../error-codes.js";
import type { Context } from "./context.js";
import { failureOf } from "./failures.js";
import { commonHeaders } from "./headers.js";

/** Where restorations are asked for, with the fields in a query. */
const address = /^\/v1\/restorations(?:\?|$)/u;
/** Bytes of a body that is read and thrown away so that its connection can be used again; a new one costs more than these. */
const drainedBytes = 256 * 1024;
/**
 * Milliseconds that a refusal waits. Whoever comes again at once, whatever `Retry-After` says, asks four times a second and not a
 * thousand times: the processors are there for restorations.
 */
const pauseMs = 250;

/** Refuses restorations while there is no room for them: before anything is made for the request, in one write, and not at once. */
export class Refusals {
  readonly #context: Context;
  #known = { waiting: -1, body: "" };

  constructor(context: Context) {
    this.#context = context;
  }

  /** Answers a request if there is no room for what it asks for. What is wrong with it otherwise is said by whoever reads it. */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    const { runner } = this.#context;
    if (request.method !== "POST" || !address.test(request.url ?? "") || runner.hasRoom || !this.#isAllowed(request)) return false;
    const keeps = isSmall(request);
    if (keeps) request.resume();
    setTimeout(() => this.#answer(response, keeps), pauseMs);
    return true;
  }

  #isAllowed(request: IncomingMessage): boolean {
    const { access } = this.#context;
    if (this.#context.draining()) return false;
    try {
      access.requireOrigin(request);
      access.ownerOf(request);
      return true;
    } catch {
      return false;
    }
  }

  #answer(response: ServerResponse, keeps: boolean): void {
    const { runner, metrics } = this.#context;
    const body = this.#body(runner.waiting);
    response.writeHead(429, {
      ...commonHeaders,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "retry-after": String(runner.retrySeconds),
      // What is left of a body that nobody reads would be read as the next request.
      ...(keeps ? {} : { connection: "close" }),
    });
    response.end(body);
    metrics.answered("POST", "/v1/restorations", 429);
  }

  /** The same for all refusals between two changes of the queue. */
  #body(waiting: number): string {
    if (this.#known.waiting !== waiting) this.#known = { waiting, body: JSON.stringify(failureOf(errors.BUSY({ waiting }))) };
    return this.#known.body;
  }
}

/** Whether a request says that its body is small; one in chunks does not say it. */
function isSmall({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) <= drainedBytes;
}

/** The limits of a server that are its own and not the framework's. */
export interface ServerLimits {
  readonly connectionsCheckingInterval: number;
  readonly headersTimeout: number;
  readonly maxHeaderSize: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
}

/** Makes the server of the framework, which sees what is not refused. */
export function refusingServer(
  refusals: Refusals,
  limits: ServerLimits,
): (handle: (request: IncomingMessage, response: ServerResponse) => void) => Server {
  return (handle) =>
    createServer({ ...limits }, (request, response) => {
      if (!refusals.refuses(request, response)) handle(request, response);
    });
}
