import { createPool, type Pool, type TaskObject } from "leader-restore";
import { median } from "../statistics.js";
import { Client, type Request } from "./client.js";
import { descendants, usageOf } from "./processes.js";
import { ServiceProcess } from "./service-process.js";

/** Pictures side by side, and those that are asked for at one time, so that a process never waits for the next request. */
const concurrency = 2;
const inFlight = 2 * concurrency;

/** What the service costs over the library that it stands on. */
export interface RatioReport {
  readonly concurrency: number;
  readonly restorations: number;
  readonly servicePerSecond: number;
  readonly libraryPerSecond: number;
  /** Restorations per second through the service over those of the library's pool: the median of the rounds, and all of them. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  /** Processor seconds of a restoration: of the service and its children, of the library and its children; the client is not counted. */
  readonly serviceProcessorSeconds: number;
  readonly libraryProcessorSeconds: number;
}

interface Block {
  readonly seconds: number;
  readonly processorSeconds: number;
}

/** Restores the same picture again and again, by the service and by the library in turn. */
export async function ratio(request: Request, task: TaskObject, rounds: number, perRound: number): Promise<RatioReport> {
  await using service = await ServiceProcess.start(["--maximum", String(concurrency), "--minimum", String(concurrency)]);
  await using pool = await createPool(task, { minimum: concurrency, maximum: concurrency });
  const client = new Client(service.url);
  const byService = (count: number): Promise<Block> =>
    block(
      () => client.restore(request),
      count,
      () => usageOf([service.pid, ...service.children]).processorSeconds,
    );
  const byLibrary = (count: number): Promise<Block> =>
    block(
      () => restoreInPool(pool, request),
      count,
      () => ownProcessorSeconds(service.pid),
    );
  await byService(2 * inFlight);
  await byLibrary(2 * inFlight);
  const pairs: { readonly service: Block; readonly library: Block }[] = [];
  for (let round = 0; round < rounds; round++) {
    // Whoever is first changes, so that a machine that gets slower or faster favours neither.
    const first = round % 2 === 0 ? await byService(perRound) : undefined;
    const library = await byLibrary(perRound);
    pairs.push({ service: first ?? (await byService(perRound)), library });
  }
  const ratios = pairs.map((pair) => pair.library.seconds / pair.service.seconds);
  return {
    concurrency,
    restorations: rounds * perRound,
    servicePerSecond: perRound / median(pairs.map((pair) => pair.service.seconds)),
    libraryPerSecond: perRound / median(pairs.map((pair) => pair.library.seconds)),
    ratio: median(ratios),
    ratios,
    serviceProcessorSeconds: median(pairs.map((pair) => pair.service.processorSeconds)) / perRound,
    libraryProcessorSeconds: median(pairs.map((pair) => pair.library.processorSeconds)) / perRound,
  };
}

/** This process and its children, without the service and its own. */
function ownProcessorSeconds(service: number): number {
  const others = new Set([service, ...descendants(service)]);
  return usageOf([process.pid, ...descendants(process.pid).filter((pid) => !others.has(pid))]).processorSeconds;
}

async function restoreInPool(pool: Pool, { picture }: Request): Promise<Uint8Array> {
  return await (await pool.restore(picture)).toBuffer("png");
}

/** So many restorations, a few of them at one time. */
async function block(restore: () => Promise<Uint8Array>, count: number, processorSeconds: () => number): Promise<Block> {
  const before = processorSeconds();
  const begun = performance.now();
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) await restore();
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return { seconds: (performance.now() - begun) / 1000, processorSeconds: processorSeconds() - before };
}
