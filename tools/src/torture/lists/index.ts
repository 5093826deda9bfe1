import type { TortureList } from "../torture-list.js";
import { arrays } from "./arrays.js";
import { networks } from "./networks.js";
import { operatorLaws } from "./operators.js";
import { pictures } from "./pictures.js";
import { writes } from "./writes.js";
import { yaml } from "./yaml.js";

/** A list of any kind of case, made when it is wanted: some start processes. */
export const lists = {
  networks: () => networks(),
  pictures: () => pictures(),
  yaml: () => yaml,
  arrays: () => arrays,
  operators: () => operatorLaws,
  writes: () => writes,
} as const satisfies Readonly<Record<string, () => Promise<TortureList<never>> | TortureList<never>>>;
