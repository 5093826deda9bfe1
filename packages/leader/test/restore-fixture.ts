import { join } from "node:path";
import type { PipelineEvent } from "@leader/core";
import { parsePipeline, type Pipeline, type RestoreOptions, type Run, type Session, type SessionOptions } from "../src/index.js";
import { collect, fixturePipeline, picture } from "./host-fixture.js";

/** The measurement of these runs. */
export const y = picture([1, 1, 4, 5]);
/** The pipeline of the fixture, with some of its stages replaced, as if it lay in `folder`. */
export const loadFixture = (folder: string, changes: Readonly<Record<string, string>> = {}): Promise<Pipeline> =>
  parsePipeline(fixturePipeline(changes), join(folder, "pipeline.yaml"));

/** Restores `y` once, in a session of its own. */
export async function restoreOnce(
  pipeline: Pipeline,
  sessionOptions: SessionOptions,
  options: RestoreOptions = {},
): Promise<{ events: readonly PipelineEvent[]; result: PromiseSettledResult<Awaited<Run["result"]>> }> {
  await using session = await pipeline.open(sessionOptions);
  const run = session.restore(y, options);
  const events = await collect(run.events);
  const [result] = await Promise.allSettled([run.result]);
  return { events, result };
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> {
  const [settled] = await Promise.allSettled([promise]);
  if (settled.status === "fulfilled") throw new Error("expected a failure");
  return settled.reason as Error & { code?: string };
}

/** Restores `y` until an event is seen; `rest` are the events after it. */
export const until = async (
  session: Session,
  options: RestoreOptions,
  seen: (event: PipelineEvent) => boolean,
): Promise<{ run: Run; rest: Promise<readonly PipelineEvent[]> }> => {
  const run = session.restore(y, options);
  const iterator = run.events[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) throw new Error("the run ended before the event");
    if (seen(next.value)) return { run, rest: collect(run.events) };
  }
};

/** The values of a restored image. */
export const imageOf = (result: PromiseSettledResult<Awaited<Run["result"]>>): readonly number[] => {
  if (result.status === "rejected") throw result.reason;
  return [...result.value.image.data];
};
