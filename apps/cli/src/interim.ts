import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The folder for what is finished of a picture while its result is not there yet: hidden, beside the result. */
export const interimOf = (output: string): string => join(dirname(output), `.${basename(output).slice(0, 120)}.interim`);

/** Removes what was kept of a picture whose result is safe. */
export async function removeInterim(output: string): Promise<void> {
  // What cannot be removed harms nobody: it is only taken over by the very same restoration.
  await rm(interimOf(output), { recursive: true, force: true }).catch(() => undefined);
}
