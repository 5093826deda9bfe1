import type { Pipeline } from "leader-restore";
import { rawRuns } from "./raw-evaluations.js";
import { withRestoreCommand } from "./restore-command.js";
import { mean, median } from "./statistics.js";

/** Evaluations of the restoration, as of a sampler that reaches its quality early. */
const evaluations = 15;

/** `leader restore` of one measurement from nothing, over bare evaluations of its network. Seconds and ratios, medians of the rounds. */
export interface ColdCommand {
  readonly evaluations: number;
  readonly clockSeconds: number;
  readonly rawSeconds: number;
  readonly processorSeconds: number | undefined;
  readonly rawProcessorSeconds: number;
  readonly overRaw: number;
  readonly processorOverRaw: number | undefined;
}

export interface CommandRounds {
  readonly size: number;
  readonly rounds: number;
  /** With what an earlier command has kept in a folder of the bench, or without. */
  readonly kept: boolean;
}

/** Measures commands in alternation with the raw network. */
export async function coldCommand(pipeline: Pipeline, { size, rounds, kept }: CommandRounds): Promise<ColdCommand> {
  return await withRestoreCommand(pipeline, { size, kept }, async (restore) => {
    const measured: { readonly raw: Awaited<ReturnType<typeof rawRuns>>; readonly command: ReturnType<typeof restore> }[] = [];
    for (let round = 0; round < rounds; round++) measured.push({ command: restore(evaluations), raw: await rawRuns(size, evaluations) });
    const of = (f: (one: (typeof measured)[number]) => number): number => median(measured.map(f));
    const known = measured.every(({ command }) => command.processor !== undefined);
    const raw = (one: (typeof measured)[number]): number => (evaluations * mean(one.raw.milliseconds)) / 1000;
    const rawProcessor = (one: (typeof measured)[number]): number => (evaluations * one.raw.processorMilliseconds) / 1000;
    return {
      evaluations,
      clockSeconds: of(({ command }) => command.clock),
      rawSeconds: of(raw),
      processorSeconds: known ? of(({ command }) => command.processor ?? NaN) : undefined,
      rawProcessorSeconds: of(rawProcessor),
      overRaw: of((one) => one.command.clock / raw(one)),
      processorOverRaw: known ? of((one) => (one.command.processor ?? NaN) / rawProcessor(one)) : undefined,
    };
  });
}

/** What further evaluations of a command take by processor time, in milliseconds for each, and over those of the bare network. */
export interface SamplingLoop {
  readonly evaluations: number;
  readonly processorMs: number;
  readonly rawProcessorMs: number;
  readonly processorOverRaw: number;
}

const [fewer, more] = [10, 110] as const;

/**
 * The sampling loop alone, the supervising process included: commands with 110 evaluations less those with 10, in alternation with the raw
 * network. Medians of the rounds; undefined where no shell tells processor time.
 */
export async function samplingLoop(pipeline: Pipeline, { size, rounds, kept }: CommandRounds): Promise<SamplingLoop | undefined> {
  const evaluations = more - fewer;
  return await withRestoreCommand(pipeline, { size, kept }, async (restore) => {
    const measured: { readonly own: number; readonly raw: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = await rawRuns(size, evaluations / 2);
      const [short, long] = [restore(fewer).processor, restore(more).processor];
      const after = await rawRuns(size, evaluations / 2);
      if (short === undefined || long === undefined) return undefined;
      const raw = (before.processorMilliseconds + after.processorMilliseconds) / 2;
      measured.push({ own: (1000 * (long - short)) / evaluations, raw });
    }
    return {
      evaluations,
      processorMs: median(measured.map(({ own }) => own)),
      rawProcessorMs: median(measured.map(({ raw }) => raw)),
      processorOverRaw: median(measured.map(({ own, raw }) => own / raw)),
    };
  });
}
