import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { sweepPartials } from "leader-restore";
import type { TortureList } from "../torture-list.js";

/** The built entry, also where this module runs from its source. */
const entry = fileURLToPath(new URL("../../../dist/torture/writer.js", import.meta.url));

interface Kill {
  /** When the process is killed, in milliseconds after its first file. */
  readonly after: number;
  readonly kilobytes: number;
}

/** Processes that are killed while they write file after file under one name. */
export const writes: TortureList<Kill> = {
  name: "writes",
  promise: "after a kill the file is whole, and the next start removes what is left beside it",
  cases: { quick: 4, full: 400 },
  generator: fc.record({ after: fc.integer({ min: 0, max: 60 }), kilobytes: fc.integer({ min: 1, max: 4000 }) }),
  async check({ after, kilobytes }) {
    const folder = await mkdtemp(join(tmpdir(), "leader-writes-"));
    try {
      const path = join(folder, "result");
      const child = fork(entry, [path, String(kilobytes)]);
      await once(child, "message");
      await sleep(after);
      child.kill("SIGKILL");
      await once(child, "exit");
      const left = (await readdir(folder)).length - 1;
      const content = await readFile(path);
      if (content.length !== 1024 * kilobytes || content.some((byte) => byte !== content[0])) throw new Error("the file is not whole");
      await sweepPartials(folder);
      const names = await readdir(folder);
      if (names.join() !== "result") throw new Error(`left behind: ${names.join(", ")}`);
      return left > 0 ? "killed while writing" : "killed between files";
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
