import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoredElements, storedFile, type StoredType } from "@leader/graph";
import { median } from "./statistics.js";

/**
 * Reading weights of 16 bits from a file into memory, over reading as many of float32: processor time per value, in one process.
 *
 *     npm run bench:halves -- [millions of values, default 16]
 */
const length = Math.round(Number(process.argv[2] ?? "16") * 2 ** 20);
const rounds = 11;

const folder = await mkdtemp(join(tmpdir(), "leader-halves-"));
try {
  const path = join(folder, "weights");
  // The upper half of every word is a bfloat16 or binary16 of usual size.
  await writeFile(path, new Uint8Array(Uint32Array.from({ length }, (_, i) => ((0x3000 + ((i * 7919) & 0x8bff)) << 16) >>> 0).buffer));
  const file = storedFile(path);
  const milliseconds = (type: StoredType): number => {
    const start = process.cpuUsage();
    new StoredElements(file, 0, type, length).read();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e3;
  };
  const types = ["float32", "float16", "bfloat16"] as const;
  const times = Array.from({ length: rounds }, () => types.map(milliseconds)).slice(1);
  for (const [i, type] of types.entries()) {
    const own = times.map((round) => round[i]!);
    const ratio = median(times.map((round) => round[i]! / round[0]!));
    process.stdout.write(
      `${type.padEnd(10)} median ${median(own).toFixed(1)} ms, least ${Math.min(...own).toFixed(1)} ms, ${ratio.toFixed(2)} of float32\n`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
