import { equalShapes, type HostTensor } from "@leader/graph";
import { fileIntegrity, readNpy, readPicture } from "leader-restore";
import { isArray } from "../files.js";
import type { SampleDifference } from "./tasks.js";

/** How far two files of results are apart: samples that differ, and by how much at most; undefined if they are equal to the byte. */
export async function sampleDifference([a, b]: readonly [string, string]): Promise<SampleDifference | undefined> {
  if ((await fileIntegrity(a)) === (await fileIntegrity(b))) return undefined;
  const [one, other] = [await samplesOf(a), await samplesOf(b)];
  if (!equalShapes(one.shape, other.shape)) return { samples: one.data.length, differing: one.data.length, largest: 1 };
  let [differing, largest] = [0, 0];
  for (let i = 0; i < one.data.length; i++) {
    const apart = Math.abs(one.data[i]! - other.data[i]!) / 2;
    if (apart > 0) differing++;
    largest = Math.max(largest, apart);
  }
  return { samples: one.data.length, differing, largest };
}

const samplesOf = async (path: string): Promise<HostTensor> => (isArray(path) ? await readNpy(path) : (await readPicture(path)).tensor);
