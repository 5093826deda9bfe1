import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isRecord, memberOf } from "@leader/graph/records";
import { linearSlope } from "../statistics.js";
import { usageOf } from "./processes.js";
import { ServiceProcess } from "./service-process.js";

/** Looks at `/healthz` in a second. */
const healthRate = 20;

/** How much is asked of a service. */
export interface LoadSize {
  readonly clients: number;
  readonly seconds: number;
  /** Seconds of the same load before anything is counted. */
  readonly warmUp: number;
}

/** What many clients at once did to a service. */
export interface LoadReport {
  readonly clients: number;
  readonly seconds: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Connections that failed, and answers that did not come. */
  readonly errors: number;
  readonly timeouts: number;
  /** Milliseconds of `/healthz` meanwhile. */
  readonly healthMs: { readonly median: number; readonly p99: number; readonly largest: number; readonly failed: number };
  /** Resident memory, and how it grew by the least squares, in MiB per minute. */
  readonly serverMiB: { readonly last: number; readonly perMinute: number };
  readonly childrenMiB: { readonly last: number; readonly perMinute: number };
}

/** Runs autocannon in a process of its own, and returns what it measured. */
async function fire(url: string, options: Readonly<Record<string, string | number>>): Promise<unknown> {
  const program = fileURLToPath(new URL("fire.js", import.meta.url));
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [program, ...args, url], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (text += String(chunk)));
  await once(child, "close");
  return JSON.parse(text);
}

const numberAt = (value: unknown, ...path: readonly string[]): number =>
  Number(path.reduce((at: unknown, key) => memberOf(at, key), value) ?? 0);

/** Many clients that send a picture as soon as the last one was answered, whatever the answer was. */
export async function load(picture: string, query: string, { clients, seconds, warmUp }: LoadSize): Promise<LoadReport> {
  // Results are kept for seconds and processes are not replaced, so that what grows is a leak. What waits at the end is of no interest.
  const options = { maximum: 2, minimum: 2, "keep-seconds": 5, "recycle-after": 1_000_000, "drain-seconds": 0 };
  await using service = await ServiceProcess.start(Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]));
  const post = async (duration: number): Promise<unknown> =>
    await fire(`${service.url}/v1/restorations?${query}`, { clients, seconds: duration, picture });
  // The runtime lets its heap grow before it collects what is garbage: only after that can memory be flat.
  await post(warmUp);
  const memory = new MemorySamples(service);
  const [posted, looked] = await Promise.all([post(seconds), fire(`${service.url}/healthz`, { rate: healthRate, seconds })]);
  memory.stop();
  const statuses = memberOf(posted, "statusCodeStats");
  return {
    clients,
    seconds,
    statuses: Object.fromEntries(
      Object.entries(isRecord(statuses) ? statuses : {}).map(([status, counted]) => [status, numberAt(counted, "count")]),
    ),
    errors: numberAt(posted, "errors"),
    timeouts: numberAt(posted, "timeouts"),
    healthMs: {
      median: numberAt(looked, "latency", "p50"),
      p99: numberAt(looked, "latency", "p99"),
      largest: numberAt(looked, "latency", "max"),
      failed: numberAt(looked, "errors") + numberAt(looked, "non2xx"),
    },
    ...memory.report(),
  };
}

/** The memory of a service and its children, every second. */
class MemorySamples {
  readonly #server: number[] = [];
  readonly #children: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(service: ServiceProcess) {
    this.#timer = setInterval(() => {
      this.#server.push(usageOf([service.pid]).memoryMiB);
      this.#children.push(usageOf(service.children).memoryMiB);
    }, 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  report(): Pick<LoadReport, "serverMiB" | "childrenMiB"> {
    const growth = (samples: readonly number[]): LoadReport["serverMiB"] => {
      return { last: samples.at(-1) ?? 0, perMinute: 60 * linearSlope(samples) };
    };
    return { serverMiB: growth(this.#server), childrenMiB: growth(this.#children) };
  }
}
