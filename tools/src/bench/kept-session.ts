import type { HostTensor } from "@leader/graph";
import type { Pipeline } from "leader-restore";
import { rawRuns } from "./raw-evaluations.js";
import { descendants, usageOf } from "./service/processes.js";
import { median } from "./statistics.js";

/** What a session that stays open takes for a picture after its first, over bare evaluations of the network. Medians of the rounds. */
export interface KeptSession {
  readonly evaluations: number;
  readonly overRaw: number;
  /** Of this process and the computing one; undefined where the system does not tell. */
  readonly processorOverRaw: number | undefined;
}

/** Measures restorations in one session in alternation with the raw network. */
export async function keptSession(
  pipeline: Pipeline,
  y: HostTensor,
  { size, rounds }: { readonly size: number; readonly rounds: number },
): Promise<KeptSession> {
  await using session = await pipeline.open();
  const restore = async (): Promise<number> => (await session.restore(y).result).evaluations;
  const evaluations = await restore();
  // Those of the session alone: a process of the raw network may still be listed when it has ended.
  const computing = startedProcesses();
  const measured: { readonly clock: number; readonly processor: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await rawRuns(size, evaluations);
    const [start, used] = [performance.now(), processorMilliseconds(computing)];
    await restore();
    const [clock, processor] = [performance.now() - start, processorMilliseconds(computing) - used];
    const after = await rawRuns(size, evaluations);
    const raw = (before.processorMilliseconds + after.processorMilliseconds) / 2;
    measured.push({
      clock: clock / (evaluations * median([...before.milliseconds, ...after.milliseconds])),
      processor: processor / (evaluations * raw),
    });
  }
  return {
    evaluations,
    overRaw: median(measured.map(({ clock }) => clock)),
    processorOverRaw: computing.length === 0 ? undefined : median(measured.map(({ processor }) => processor)),
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
