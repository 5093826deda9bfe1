import { Redis } from "ioredis";
import { errors } from "./error-codes.js";

/** Seconds to wait for the first answer of a queue. Later losses are waited out. */
const firstAnswerSeconds = 5;
/** The longest pause between two attempts to reach a queue again, in milliseconds. */
const longestPauseMs = 2000;

/** Checks the address of a queue. Errors: `ADDRESS`. */
export function checkAddress(text: string): URL {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address === undefined) throw errors.ADDRESS({ received: text, problem: "it is not a URL" });
  if (address.protocol !== "redis:" && address.protocol !== "rediss:")
    throw errors.ADDRESS({ received: shownAddress(address), problem: `its scheme is \`${address.protocol}\`` });
  if (address.hostname === "") throw errors.ADDRESS({ received: shownAddress(address), problem: "it names no host" });
  return address;
}

/** An address without its password. */
export function shownAddress(address: URL): string {
  const shown = new URL(address);
  if (shown.password !== "") shown.password = "***";
  return shown.href;
}

/**
 * A connection that waits out losses: a restart of Redis delays what is asked, and fails nothing.
 * Errors: `ADDRESS`; `UNREACHABLE` if Redis does not answer at first; `EVICTS` if it may drop tasks when its memory is full.
 */
export async function connect(text: string): Promise<Redis> {
  const address = checkAddress(text);
  const client = new Redis(address.href, {
    // BullMQ asks for this: a command waits for the connection as long as it takes.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, longestPauseMs),
  });
  let problem = "no connection";
  client.on("error", (error: Error) => (problem = error.message));
  try {
    await within(firstAnswerSeconds, client.ping(), () =>
      errors.UNREACHABLE({ address: shownAddress(address), problem, seconds: firstAnswerSeconds }),
    );
    await requireNoEviction(client, address);
  } catch (error) {
    client.disconnect();
    throw error;
  }
  return client;
}

/** A Redis that drops keys loses tasks without a word. Hosted ones may forbid the question; they are trusted. */
async function requireNoEviction(client: Redis, address: URL): Promise<void> {
  const info = await client.info("memory").catch(() => "");
  const policy = /maxmemory_policy:(\S+)/u.exec(info)?.[1];
  const limited = !/maxmemory:0\r/u.test(info);
  if (policy !== undefined && policy !== "noeviction" && limited) throw errors.EVICTS({ address: shownAddress(address), policy });
}

async function within<T>(seconds: number, promise: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), 1000 * seconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** A connection whose losses are waited out: without a listener each of them would be printed. */
export function quietly(client: Redis): Redis {
  return client.on("error", () => undefined);
}
