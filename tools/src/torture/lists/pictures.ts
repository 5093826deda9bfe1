import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { HostileReader } from "../hostile-reader.js";
import { mutated, mutations, type Mutation } from "../mutation.js";
import type { TortureList } from "../torture-list.js";

const size = 24;

async function originals(): Promise<readonly Uint8Array[]> {
  const raw = Uint8Array.from({ length: 3 * size * size }, (_, i) => (i * 37) % 256);
  const picture = () => sharp(raw, { raw: { width: size, height: size, channels: 3 } });
  const made = [picture().png(), picture().jpeg(), picture().webp(), picture().tiff(), picture().ensureAlpha(0.5).png({ palette: true })];
  return await Promise.all(made.map((one) => one.toBuffer()));
}

/** Picture files whose bytes were changed, each under the name of any format. */
export async function pictures(): Promise<TortureList<Mutation>> {
  const seeds = await originals();
  const folder = await mkdtemp(join(tmpdir(), "leader-torture-"));
  const reader = new HostileReader();
  const path = join(folder, "mutant.png");
  return {
    name: "pictures",
    promise: "a mutated picture is decoded, or refused with a code, in a process that neither crashes nor exceeds its limits",
    cases: { quick: 100, full: 3040 },
    generator: mutations(seeds.length),
    async check(mutation) {
      await writeFile(path, mutated(seeds, mutation));
      return await reader.outcome("picture", path);
    },
    async close() {
      await reader.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
