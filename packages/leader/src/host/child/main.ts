/** Entry of the computing process: sets the stages up once, then restores what it is sent. */
import { Worker } from "node:worker_threads";
import { readBlueprint } from "../config/blueprint.js";
import { Engine } from "../run/engine.js";
import { PreparedNoise } from "../run/prepared-noise.js";
import { errors } from "../../error-codes.js";
import { protocolVersion, type FromChild, type ToChild } from "./protocol.js";
import { toWire } from "./wire-error.js";

let engine: Engine | undefined;
const noise = new PreparedNoise();
/** Ends a run between two steps. */
const running = new Map<number, AbortController>();

const send = (message: FromChild): void => void process.send?.(message);

async function open(message: Extract<ToChild, { type: "open" }>): Promise<void> {
  try {
    if (message.protocol !== protocolVersion)
      throw errors.CHILD_PROTOCOL({ expected: String(protocolVersion), received: String(message.protocol) });
    engine = new Engine(await readBlueprint(message.source, message.options), noise);
    send({ type: "ready" });
  } catch (error) {
    send({ type: "open-failed", error: toWire(error) });
  }
}

async function restore({ id, y, options }: Extract<ToChild, { type: "restore" }>): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    if (engine === undefined) throw errors.SESSION_CLOSED({ what: "restore" });
    const result = await engine.restore(y, { ...options, signal: stop.signal }, (event) => send({ type: "event", id, event }));
    send({ type: "result", id, result });
  } catch (error) {
    send({ type: "failure", id, error: toWire(error) });
  } finally {
    running.delete(id);
  }
}

async function close(): Promise<void> {
  await engine?.[Symbol.asyncDispose]();
  noise[Symbol.dispose]();
  process.disconnect();
}

async function handle(message: ToChild): Promise<void> {
  switch (message.type) {
    case "open":
      await open(message);
      break;
    case "restore":
      await restore(message);
      break;
    case "cancel":
      running.get(message.id)?.abort();
      break;
    case "close":
      await close();
      break;
    default:
      message satisfies never;
  }
}

// Ctrl-C goes to the whole process group; the parent decides what it means.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => process.exit(0));
process.on("message", (message) => void handle(message as ToChild));
new Worker(new URL("./watchdog.js", import.meta.url), { workerData: process.ppid }).unref();
send({ type: "hello", protocol: protocolVersion });
