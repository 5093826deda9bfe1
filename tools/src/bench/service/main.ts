import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { encodePicture } from "leader-restore";
import { noisePicture } from "../../photo-pipeline.js";
import type { Request } from "./client.js";
import { latency, type LatencyReport, type Times } from "./latency.js";
import { load, type LoadReport } from "./load.js";
import { ratio, type RatioReport } from "./ratio.js";

/**
 * What the service does with many clients, how soon it answers one, and what it costs over the library. `leader serve` runs on loopback; the
 * pictures are of 64x64, the task is denoising with the bundled prior. Needs Linux, for what it asks the system about processes.
 *
 *     npm run bench:service -- [--only load,latency,ratio] [--clients 50] [--seconds 60] [--warm-up 60] [--size 64] [--rounds 10] [--restorations 40] [--json]
 */

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "load,latency,ratio" },
    clients: { type: "string", default: "50" },
    seconds: { type: "string", default: "60" },
    "warm-up": { type: "string", default: "60" },
    size: { type: "string", default: "64" },
    rounds: { type: "string", default: "10" },
    restorations: { type: "string", default: "40" },
    json: { type: "boolean", default: false },
  },
});
const wanted = new Set(values.only.split(","));
const rounds = Number(values.rounds);
const loadSize = { clients: Number(values.clients), seconds: Number(values.seconds), warmUp: Number(values["warm-up"]) };
/** Pixels per side: a step of the large one takes longer than a cancelled restoration may go on. */
const [small, large] = [Number(values.size), 768];
const task = { task: "denoise", noise: 0.1, quality: "normal" } as const;
const fields = { task: task.task, noise: String(task.noise), quality: task.quality };
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const requestOf = async (size: number): Promise<Request> => ({
  picture: new Uint8Array(await encodePicture("png", noisePicture(size))),
  fields,
});

interface Report {
  readonly benchmark: "service";
  readonly node: string;
  readonly load?: LoadReport;
  readonly latency?: LatencyReport;
  readonly ratio?: RatioReport;
}

async function measure(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "leader-bench-"));
  try {
    const request = await requestOf(small);
    const file = join(folder, "picture.png");
    writeFileSync(file, request.picture);
    const only = async <T>(name: string, body: () => Promise<T>): Promise<Readonly<Record<string, T>>> => {
      if (!wanted.has(name)) return {};
      say(name);
      return { [name]: await body() };
    };
    return {
      benchmark: "service",
      node: process.version,
      ...(await only("ratio", () => ratio(request, task, rounds, Number(values.restorations)))),
      ...(await only("latency", async () => latency(request, await requestOf(large), rounds))),
      ...(await only("load", () => load(file, new URLSearchParams(fields).toString(), loadSize))),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ms = ({ median, longest }: Times): string => `${median.toFixed(0)} ms (longest ${longest.toFixed(0)})`;

function linesOf({ load: loaded, latency: soon, ratio: cost }: Report): readonly string[] {
  const lines: string[] = [];
  if (cost !== undefined)
    lines.push(
      `through the service                  ${cost.servicePerSecond.toFixed(2)} restorations per second, ${cost.serviceProcessorSeconds.toFixed(3)} s of processor time each`,
      `by the library's pool                ${cost.libraryPerSecond.toFixed(2)}, ${cost.libraryProcessorSeconds.toFixed(3)} s`,
      `service / library                    ${cost.ratio.toFixed(3)}   (goal 0.95; rounds ${cost.ratios.map((each) => each.toFixed(2)).join(" ")})`,
    );
  if (soon !== undefined)
    lines.push(
      `first event of a warm service        ${ms(soon.firstEventMs)}   (goal 150)`,
      `first progress                       ${ms(soon.firstProgressMs)}`,
      `cancelled, next one computes         ${ms(soon.nextAfterCancelMs)}   (goal 200)`,
      `cancelled in a long step, ended      ${ms(soon.endAfterCancelMs)}   (goal 200)`,
    );
  if (loaded !== undefined) {
    const growth = ({ last, perMinute }: LoadReport["serverMiB"]): string =>
      `${last.toFixed(0)} MiB, ${perMinute.toFixed(1)} MiB per minute`;
    const answers = Object.entries(loaded.statuses).map(([status, count]) => `${count} of ${status}`);
    lines.push(
      `${loaded.clients} clients for ${loaded.seconds} s             ${answers.join(", ")}; ${loaded.errors} errors, ${loaded.timeouts} timeouts`,
      `/healthz meanwhile                   median ${loaded.healthMs.median} ms, p99 ${loaded.healthMs.p99} ms (goal 50), longest ${loaded.healthMs.largest} ms, ${loaded.healthMs.failed} failed`,
      `memory of the server                 ${growth(loaded.serverMiB)} after the warm-up`,
      `memory of its children               ${growth(loaded.childrenMiB)}`,
    );
  }
  return lines;
}

const report = await measure();
process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${linesOf(report).join("\n")}\n`);
