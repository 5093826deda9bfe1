import { cpus } from "node:os";
import type { MadeWith } from "../pinned.js";

/** What of this machine decides about bits: kernels are chosen by the processor. */
export const thisMachine = (): MadeWith["machine"] => ({
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  processor: cpus()[0]?.model.trim() ?? "unknown",
});
