import { setFlagsFromString } from "node:v8";

const nodeMajor = Number.parseInt(process.versions.node, 10);
/** Node refuses to start with a flag that its engine does not know; this one is tried with the versions up to this one. */
const newestTried = 26;

/**
 * Threads of the engine beside the one that computes take processors from the network, which fills all of them: with two, those that help to
 * collect garbage took 5 to 8 ms a step, and each thread of the network waits for the others. The heap is small (20 MB), since tensors lie
 * outside it.
 */
export const engineFlags: readonly string[] = nodeMajor <= newestTried ? ["--single-threaded-gc"] : [];

/**
 * Node 20 optimises code so early that this took a tenth of the processor time of a command; later versions know no such flag, and gain
 * nothing by theirs. Given when the process is started, it would cost 12 ms: Node's own code is then compiled anew.
 */
export function optimiseLate(): void {
  if (nodeMajor === 20) setFlagsFromString("--interrupt-budget=1000000");
}

/**
 * Settings of the C library's heap, where tensors lie. On many virtual machines a page that is touched for the first time costs as much as
 * computing what is written to it, and a restoration touches 50,000 of them: so pages are large ones where the kernel gives them, and blocks that
 * are smaller than such a page lie in the heap that is kept. Larger ones stay outside, where they leave no holes. An eighth of a command in all.
 * What other heaps there are does not read these.
 */
const heapSettings = ["glibc.malloc.hugetlb=1", "glibc.malloc.mmap_threshold=2097152", "glibc.malloc.trim_threshold=67108864"];

/** The environment of a computing process: that of this one, whose own settings of the heap come last and so win. */
export function processEnvironment(own: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): NodeJS.ProcessEnv {
  if (platform !== "linux") return own;
  const stated = own["GLIBC_TUNABLES"];
  const settings = [...heapSettings, ...(stated === undefined || stated === "" ? [] : [stated])];
  return { ...own, GLIBC_TUNABLES: settings.join(":") };
}
