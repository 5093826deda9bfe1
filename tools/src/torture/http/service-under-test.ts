import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { memberOf } from "@leader/graph/records";
import { encodePicture } from "leader-restore";
import { memoryMiB } from "../cli/processes.js";
import { quickPipeline, type Known } from "./wire.js";

/** The built entry, also where this module runs from its source. */
const entry = fileURLToPath(new URL("../../../dist/torture/http/service.js", import.meta.url));

/** The most resident memory of the process that answers, in MiB, whatever it was sent. */
const mostMiB = 400;

/** The content of a file beside the service, which no answer may tell. */
export const secret = "secret-of-the-list";

/** A service in a folder of its own, of which it is known which files it has. */
export class ServiceUnderTest {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #address: string;
  readonly #log: () => string;
  readonly known: Known;

  private constructor(child: ChildProcess, folder: string, address: string, log: () => string, known: Known) {
    this.#child = child;
    this.#folder = folder;
    this.#address = address;
    this.#log = log;
    this.known = known;
  }

  static async start(): Promise<ServiceUnderTest> {
    const place = mkdtempSync(join(tmpdir(), "leader-torture-http-"));
    const folder = join(place, "service");
    mkdirSync(folder);
    writeFileSync(join(folder, "secret.txt"), secret);
    mkdirSync(join(folder, "tmp"));
    const child = spawn(process.execPath, [entry], {
      cwd: folder,
      // What processes keep for each other is no file of a request, and lies elsewhere.
      env: { ...process.env, TMPDIR: join(folder, "tmp"), HOME: join(folder, "tmp"), LEADER_CACHE: join(place, "cache") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (log = (log + String(text)).slice(-20_000)));
    const lines: readonly unknown[] = await once(child.stdout.setEncoding("utf8"), "data");
    const address = String(lines[0]).trim();
    const pictures = [await picture("png"), await picture("jpeg")];
    // Native code is loaded too, so that what it would leave behind is seen.
    await restored(address, pictures[0]!, { task: "denoise", quality: "draft", noise: "0.1" });
    const id = await restored(address, pictures[0]!);
    return new ServiceUnderTest(child, folder, address, () => log, { id, host: new URL(address).host, pictures });
  }

  /** What the service logged last. */
  get log(): string {
    return this.#log();
  }

  /** Errors: it does not live, uses too much memory, or has written where it may not. */
  async requireHealth(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error(`the service ended: ${this.log}`);
    const health = await fetch(`${this.#address}/healthz`, { signal: AbortSignal.timeout(30_000) });
    if (health.status !== 200) throw new Error(`the service is not well: ${health.status}`);
    await health.arrayBuffer();
    const resident = memoryMiB(this.#child.pid!, "VmRSS") ?? NaN;
    if (resident > mostMiB) throw new Error(`the service uses ${resident} MiB`);
    const files = readdirSync(this.#folder).sort().join(" ");
    const temporary = readdirSync(join(this.#folder, "tmp")).filter((name) => !name.startsWith("leader-serve-"));
    if (files !== "secret.txt tmp" || temporary.length > 0) throw new Error(`files were written: ${files} ${temporary.join(" ")}`);
  }

  /** Errors: it restores no picture any more, does not end when it is told to, or leaves files. */
  async close(): Promise<void> {
    try {
      await this.requireHealth();
      await restored(this.#address, this.known.pictures[0]!);
      const ended = once(this.#child, "exit", { signal: AbortSignal.timeout(60_000) });
      this.#child.kill("SIGTERM");
      await ended;
      if (this.#child.exitCode !== 0) throw new Error(`the service ended with ${String(this.#child.exitCode)}: ${this.log}`);
      const left = readdirSync(join(this.#folder, "tmp"));
      if (left.length > 0) throw new Error(`the service left ${left.join(" ")}`);
    } finally {
      this.#child.kill("SIGKILL");
      rmSync(dirname(this.#folder), { recursive: true, force: true });
    }
  }
}

const picture = async (format: "png" | "jpeg"): Promise<Uint8Array> =>
  await encodePicture(format, {
    shape: [1, 3, 8, 8],
    dtype: "float32",
    data: Float32Array.from({ length: 192 }, (_, i) => Math.sin(i / 7) / 2),
  });

/** Restores a picture and returns the number of the restoration. A queue that is full is waited for. */
async function restored(
  address: string,
  bytes: Uint8Array,
  fields: Readonly<Record<string, string>> = { pipeline: JSON.stringify(quickPipeline) },
): Promise<string> {
  const query = new URLSearchParams(fields).toString();
  const request = { method: "POST", body: new Uint8Array(bytes), headers: { "content-type": "image/png" } };
  let response = await fetch(`${address}/v1/restorations?${query}`, request);
  for (let tries = 0; response.status === 429 && tries < 60; tries++) {
    await response.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    response = await fetch(`${address}/v1/restorations?${query}`, request);
  }
  const accepted: unknown = await response.json();
  const id = String(memberOf(accepted, "id"));
  const events = await (await fetch(`${address}/v1/restorations/${id}/events`)).text();
  if (!events.includes('"state":"completed"'))
    throw new Error(`not restored: ${response.status} ${JSON.stringify(accepted)} ${events.slice(-500)}`);
  return id;
}
