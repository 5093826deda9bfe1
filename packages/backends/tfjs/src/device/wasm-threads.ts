import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";

const require = createRequire(import.meta.url);

/**
 * What the scripts of the workers lack in Node: they get their sources as files instead of blobs, and the names that the bundle of
 * @tensorflow/tfjs-backend-wasm 4.22.0 uses from outside the function that it sends to them.
 */
const prelude = `URL.createObjectURL = (file) => file.path; URL.revokeObjectURL = () => {};
Object.assign(globalThis, {
  commonjsGlobal: globalThis, require$$0: require("fs"), require$$1: require("path"), require$$3: require("perf_hooks"), require$$4: require("os"),
  __values: (list) => list[Symbol.iterator](), __read: (list) => [...list], __spreadArray: (to, from) => [...to, ...from],
});
`;

/** Parts of Node that the start of the threads goes through. */
interface NodeParts {
  readonly workerThreads: { Worker: typeof Worker };
  readonly os: { cpus: () => readonly unknown[] };
}

/**
 * Lets TensorFlow.js start its WebAssembly threads in Node, which its own code does not manage (tensorflow/tfjs#3830): it makes workers
 * from blob URLs, where Node wants files, and uses half of the processors at most. While `start` runs, blobs are written as files, and
 * Node tells of enough processors. The workers do not keep the process alive.
 */
export async function startWithThreads(threads: number, start: () => Promise<boolean>): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "leader-wasm-"));
  const node: NodeParts = {
    workerThreads: require("node:worker_threads") as NodeParts["workerThreads"],
    os: require("node:os") as NodeParts["os"],
  };
  const kept = {
    Blob: globalThis.Blob,
    createObjectURL: URL.createObjectURL.bind(URL),
    Worker: node.workerThreads.Worker,
    cpus: node.os.cpus,
  };
  const workers: Worker[] = [];
  let files = 0;
  globalThis.Blob = class ScriptFile {
    readonly path = join(folder, `script${files++}.js`);
    constructor(parts: readonly string[]) {
      writeFileSync(this.path, prelude + parts.join(""), { mode: 0o600 });
    }
    // No whole Blob: TensorFlow.js makes one and asks for its URL, and nothing else.
  } as unknown as typeof Blob;
  URL.createObjectURL = (file) => String(Reflect.get(file, "path"));
  node.workerThreads.Worker = class extends kept.Worker {
    constructor(...parameters: ConstructorParameters<typeof Worker>) {
      super(...parameters);
      workers.push(this);
    }
  };
  node.os.cpus = () => Array.from({ length: 2 * threads });
  try {
    return await start();
  } finally {
    globalThis.Blob = kept.Blob;
    URL.createObjectURL = kept.createObjectURL;
    node.workerThreads.Worker = kept.Worker;
    node.os.cpus = kept.cpus;
    for (const worker of workers) worker.unref();
    rmSync(folder, { recursive: true, force: true });
  }
}
