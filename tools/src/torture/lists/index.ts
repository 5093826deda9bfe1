import { runnable, type RunnableList } from "../torture-list.js";
import { arrays } from "./arrays.js";
import { onnxBombs } from "./bombs.js";
import { networks } from "./networks.js";
import { operatorLaws } from "./operators.js";
import { pictures } from "./pictures.js";
import { weightPaths } from "./weight-paths.js";
import { writes } from "./writes.js";
import { yaml } from "./yaml.js";

/** The lists by name, made when they are wanted: some start processes. */
export const lists: Readonly<Record<string, () => Promise<RunnableList>>> = {
  networks: () => Promise.resolve(runnable(networks())),
  bombs: () => Promise.resolve(runnable(onnxBombs())),
  "weight-paths": () => Promise.resolve(runnable(weightPaths())),
  pictures: async () => runnable(await pictures()),
  yaml: () => Promise.resolve(runnable(yaml)),
  arrays: () => Promise.resolve(runnable(arrays)),
  operators: () => Promise.resolve(runnable(operatorLaws)),
  writes: () => Promise.resolve(runnable(writes)),
};
