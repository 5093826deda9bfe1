import { runnable, type RunnableList } from "../torture-list.js";
import { arrays } from "./arrays.js";
import { onnxBombs } from "./bombs.js";
import { folderKills } from "./folder-kills.js";
import { http } from "./http.js";
import { injections } from "./injections.js";
import { determinism } from "./determinism.js";
import { kills } from "./kills.js";
import { memory } from "./memory.js";
import { networks } from "./networks.js";
import { nodes } from "./nodes.js";
import { offline } from "./offline.js";
import { operatorLaws } from "./operators.js";
import { outputs } from "./outputs.js";
import { parents } from "./parents.js";
import { pictures } from "./pictures.js";
import { queue } from "./queue.js";
import { reproductions } from "./reproductions.js";
import { session } from "./session.js";
import { signals } from "./signals.js";
import { slurm } from "./slurm.js";
import { taskMemory } from "./task-memory.js";
import { weightPaths } from "./weight-paths.js";
import { writes } from "./writes.js";
import { yaml } from "./yaml.js";

/** The lists by name, made when they are wanted: some start processes. */
export const lists: Readonly<Record<string, () => Promise<RunnableList>>> = {
  networks: async () => runnable(await networks()),
  bombs: () => Promise.resolve(runnable(onnxBombs())),
  "weight-paths": () => Promise.resolve(runnable(weightPaths())),
  pictures: async () => runnable(await pictures()),
  yaml: () => Promise.resolve(runnable(yaml)),
  arrays: () => Promise.resolve(runnable(arrays)),
  operators: () => Promise.resolve(runnable(operatorLaws)),
  injections: () => Promise.resolve(runnable(injections())),
  reproductions: () => Promise.resolve(runnable(reproductions())),
  session: () => Promise.resolve(runnable(session())),
  determinism: () => Promise.resolve(runnable(determinism)),
  nodes: () => Promise.resolve(runnable(nodes)),
  memory: () => Promise.resolve(runnable(memory())),
  "task-memory": () => Promise.resolve(runnable(taskMemory())),
  kills: () => Promise.resolve(runnable(kills())),
  "folder-kills": () => Promise.resolve(runnable(folderKills())),
  signals: () => Promise.resolve(runnable(signals())),
  outputs: () => Promise.resolve(runnable(outputs())),
  parents: () => Promise.resolve(runnable(parents())),
  offline: () => Promise.resolve(runnable(offline())),
  http: () => Promise.resolve(runnable(http())),
  slurm: () => Promise.resolve(runnable(slurm)),
  queue: () => Promise.resolve(runnable(queue)),
  writes: () => Promise.resolve(runnable(writes)),
};
