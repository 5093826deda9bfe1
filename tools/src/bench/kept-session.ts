import type { HostTensor } from "@leader/graph";
import type { Pipeline } from "leader-restore";
import { rawRuns } from "./raw-evaluations.js";
import { descendants, usageOf } from "./service/processes.js";
import { mean, median } from "./statistics.js";

/** What a session that stays open takes for a picture after its first, over bare evaluations of the network. Medians of the rounds. */
export interface KeptSession {
  readonly evaluations: number;
  readonly overRaw: number;
  /** Of this process and the computing one; undefined where the system does not tell. */
  readonly processorOverRaw: number | undefined;
}

/**
 * Measures restorations in sessions in alternation with the raw network. Each round opens a session and two processes of the raw network: from one
 * process to the next a network takes up to a fifth more or less by where its memory lies, and one session alone would be one draw.
 */
export async function keptSession(
  pipeline: Pipeline,
  y: HostTensor,
  { size, rounds }: { readonly size: number; readonly rounds: number },
): Promise<KeptSession> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round++) measured.push(await oneRound(pipeline, y, size));
  const processors = measured.flatMap(({ processor }) => processor ?? []);
  return {
    evaluations: measured[0]!.evaluations,
    overRaw: median(measured.map(({ clock }) => clock)),
    processorOverRaw: processors.length === rounds ? median(processors) : undefined,
  };
}

interface Round {
  readonly evaluations: number;
  readonly clock: number;
  readonly processor: number | undefined;
}

/** The second and the third restoration of a session, between bare evaluations of as many. */
async function oneRound(pipeline: Pipeline, y: HostTensor, size: number): Promise<Round> {
  const others = new Set(startedProcesses());
  await using session = await pipeline.open();
  const restore = async (): Promise<number> => (await session.restore(y).result).evaluations;
  const evaluations = await restore();
  // Those of the session alone: a process of the raw network may still be listed when it has ended.
  const computing = startedProcesses().filter((pid) => !others.has(pid));
  const before = await rawRuns(size, evaluations);
  const [start, used] = [performance.now(), processorMilliseconds(computing)];
  await restore();
  await restore();
  const [clock, processor] = [performance.now() - start, processorMilliseconds(computing) - used];
  const after = await rawRuns(size, evaluations);
  const rawProcessor = before.processorMilliseconds + after.processorMilliseconds;
  return {
    evaluations,
    // A restoration is a sum of evaluations, slow ones among them: so the mean of raw ones, not their median.
    clock: clock / (2 * evaluations * mean([...before.milliseconds, ...after.milliseconds])),
    processor: computing.length === 0 ? undefined : processor / (evaluations * rawProcessor),
  };
}

/** Processor time of this process and of others. */
function processorMilliseconds(others: readonly number[]): number {
  // Of this one by itself: the system's figure for it takes in processes of the raw network when they end.
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + usageOf(others).processorSeconds * 1000;
}

/** Processes that this one has started and that live; none where there is no /proc. */
function startedProcesses(): readonly number[] {
  try {
    return descendants(process.pid);
  } catch {
    return [];
  }
}
