import { readFile } from "node:fs/promises";
import type { HostTensor } from "@leader/graph";
import { unzipSync } from "fflate";
import { decodeNpy, leaderErrors } from "leader-restore";
import { errors } from "./error-codes.js";

/** More is refused before it is unpacked: the weights of LPIPS are 10 MB. */
const mostBytes = 512 * 2 ** 20;

/** Reads the arrays of an `.npz` archive (a zip of `.npy` files) by name. Errors: FILE_MISSING, NPZ_UNREADABLE, ARRAY_UNREADABLE. */
export async function readNpz(path: string): Promise<ReadonlyMap<string, HostTensor>> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw leaderErrors.FILE_MISSING({ file: path }, { cause });
  });
  const entries = unpack(bytes, path);
  return new Map(Object.entries(entries).map(([name, content]) => [name.replace(/\.npy$/u, ""), decodeNpy(content, `${path}/${name}`)]));
}

function unpack(bytes: Uint8Array, file: string): Readonly<Record<string, Uint8Array>> {
  let total = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        total += originalSize;
        if (total > mostBytes) throw new RangeError(`it unpacks to more than ${mostBytes / 2 ** 20} MiB`);
        return name.endsWith(".npy");
      },
    });
  } catch (cause) {
    throw errors.NPZ_UNREADABLE({ file, problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}
