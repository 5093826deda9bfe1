import { open } from "node:fs/promises";
import sharp from "sharp";
import { isRecord } from "@leader/graph/records";
import { requireCoded, type CliEnd } from "./cli/run-cli.js";

/** Parts of lists that restore large pictures under a limit of memory. */

/** The limit is looked at every 20 ms, and a process may take some memory in between. */
const overLimit = 1.1;
const mostError = 0.2;

/** A picture with structure at every scale, drawn line by line. */
export async function writeLargePicture(
  path: string,
  { width, height, channels = 3 }: { readonly width: number; readonly height: number; readonly channels?: 1 | 3 },
): Promise<void> {
  const raw = new Uint8Array(channels * width * height);
  for (let i = 0; i < raw.length; i++) raw[i] = 96 + ((i * 37) % 61) + 64 * Math.sin(i / 4096);
  await sharp(raw, { raw: { width, height, channels } }).png({ compressionLevel: 1 }).toFile(path);
}

interface Told {
  readonly peakMemoryMiB: number;
  readonly expectedMemoryMiB: number;
}

/** What the command says of the result. Errors: it says nothing. */
function resultOf({ stdout }: CliEnd): Told {
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const record: unknown = JSON.parse(line);
    if (!isRecord(record) || record["type"] !== "result") continue;
    return { peakMemoryMiB: Number(record["peakMemoryMiB"]), expectedMemoryMiB: Number(record["expectedMemoryMiB"]) };
  }
  throw new Error("no result was told");
}

/** Whether a file is there and can be opened. */
export async function fileExists(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  await file?.close();
  return file !== undefined;
}

/**
 * What became of a restoration under a limit of memory.
 * @param what was restored, for people
 * Errors: it took more than the limit, or far from what was expected, or failed for another reason than its size.
 */
export function judgeMemory(what: string, limitMiB: number, end: CliEnd): string {
  requireCoded(end, [0, 42, 75]);
  if (end.code !== 0) {
    const needed = /LEADER_MEMORY_TOO_SMALL.*needs ((?:about|at least) \d+) MiB/u.exec(`${end.stderr}${end.stdout}`)?.[1];
    if (needed === undefined) throw new Error(`${what} under ${limitMiB} MiB was let begin, and ended: ${end.stdout.slice(-500)}`);
    return `refused: ${what} under ${limitMiB}, ${needed} MiB needed`;
  }
  const { peakMemoryMiB: peak, expectedMemoryMiB: expected } = resultOf(end);
  const told = `${what} under ${limitMiB}: ${Math.round(peak)} MiB, ${expected} expected`;
  if (!(peak <= overLimit * limitMiB)) throw new Error(`beyond the limit: ${told}`);
  if (!(Math.abs(expected - peak) <= mostError * peak)) throw new Error(`the estimate is off by more than 20 %: ${told}`);
  return `restored: ${told}`;
}
