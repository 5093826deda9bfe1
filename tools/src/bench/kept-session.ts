import { readdirSync, readFileSync } from "node:fs";
import type { HostTensor } from "@leader/graph";
import type { Pipeline } from "leader-restore";
import { rawRuns } from "./raw-evaluations.js";
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
  const processor = median(measured.map((one) => one.processor));
  return {
    evaluations,
    overRaw: median(measured.map(({ clock }) => clock)),
    processorOverRaw: computing.length === 0 || Number.isNaN(processor) ? undefined : processor,
  };
}

/** Of a tick of the kernel, in which /proc counts. */
const tickMs = 10;

/** Processor time of this process and of others; NaN if one has ended or there is no /proc. */
function processorMilliseconds(others: readonly string[]): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + others.reduce((sum, pid) => sum + ticksOf(pid) * tickMs, 0);
}

/** Processes that this one has started and that live; none where there is no /proc. */
function startedProcesses(): readonly string[] {
  try {
    const threads = readdirSync("/proc/self/task");
    return threads.flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean));
  } catch {
    return [];
  }
}

/** Fields 14 and 15 of the line, of which the second, a name in brackets, may have blanks. */
function ticksOf(pid: string): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return NaN;
  }
}
