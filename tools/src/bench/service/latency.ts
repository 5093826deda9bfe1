import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../statistics.js";
import { Client, type Request } from "./client.js";
import { isGone } from "./processes.js";
import { ServiceProcess } from "./service-process.js";

/** Times in milliseconds, of which the median and the longest are told. */
export interface Times {
  readonly median: number;
  readonly longest: number;
}

const timesOf = (values: readonly number[]): Times => ({ median: median(values), longest: Math.max(...values) });

/** How quickly a service answers whoever waits. */
export interface LatencyReport {
  /** From the request to the first event, and to the first that tells of progress, of a service that has restored before. */
  readonly firstEventMs: Times;
  readonly firstProgressMs: Times;
  /** From the request to cancel to a process that restores the next picture, where a step is short: with the first step of that picture. */
  readonly nextAfterCancelMs: Times;
  /** From the request to cancel to the end of the process, where a step is long. */
  readonly endAfterCancelMs: Times;
}

/** @param small a picture that takes milliseconds a step @param large one whose step takes longer than a cancelled one may go on */
export async function latency(small: Request, large: Request, rounds: number): Promise<LatencyReport> {
  await using service = await ServiceProcess.start(["--maximum", "1", "--minimum", "1"]);
  const client = new Client(service.url);
  await client.restore(small);
  const first: number[] = [];
  const progress: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const times = await firstEvents(client, small);
    first.push(times.event);
    progress.push(times.progress);
  }
  const next: number[] = [];
  const ended: number[] = [];
  const long = { ...small, fields: { ...small.fields, quality: "best" } };
  for (let round = 0; round < rounds; round++) next.push(await nextAfterCancel(client, long, small));
  for (let round = 0; round < rounds; round++) ended.push(await endAfterCancel(service, client, large));
  return {
    firstEventMs: timesOf(first),
    firstProgressMs: timesOf(progress),
    nextAfterCancelMs: timesOf(next),
    endAfterCancelMs: timesOf(ended),
  };
}

async function firstEvents(client: Client, request: Request): Promise<{ readonly event: number; readonly progress: number }> {
  const begun = performance.now();
  const accepted = await client.submit(request);
  let event: number | undefined;
  let progress: number | undefined;
  for await (const { type } of client.events(accepted)) {
    event ??= performance.now() - begun;
    if (type === "progress") progress ??= performance.now() - begun;
  }
  return { event: event!, progress: progress! };
}

/** Waits until a restoration computes. */
async function untilItComputes(client: Client, accepted: Awaited<ReturnType<Client["submit"]>>): Promise<void> {
  for await (const { type } of client.events(accepted)) if (type === "progress") return;
}

async function nextAfterCancel(client: Client, long: Request, small: Request): Promise<number> {
  const running = await client.submit(long);
  await untilItComputes(client, running);
  const next = await client.submit(small);
  const begun = performance.now();
  const computes = untilItComputes(client, next);
  await client.remove(running);
  await computes;
  const took = performance.now() - begun;
  await client.remove(next);
  return took;
}

async function endAfterCancel(service: ServiceProcess, client: Client, large: Request): Promise<number> {
  const running = await client.submit(large);
  await untilItComputes(client, running);
  const before = service.children;
  const begun = performance.now();
  void client.remove(running);
  // The process that answers questions stays; the other one is ended.
  while (!before.some(isGone)) {
    if (performance.now() - begun > 10_000) throw new Error("the process of a cancelled restoration goes on");
    await sleep(2);
  }
  return performance.now() - begun;
}
