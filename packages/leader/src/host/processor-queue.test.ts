import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { ownSeconds, ProcessorQueue } from "./processor-queue.js";

const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
});

/** A process that computes without end on the first processor. */
function busy(): number {
  const child = spawn("taskset", ["-c", "0", process.execPath, "-e", "for (;;);"], { stdio: "ignore" });
  started.push(child);
  return child.pid!;
}

const canPin = process.platform === "linux" && spawnSync("taskset", ["-c", "0", "true"]).status === 0;

test.skipIf(!canPin)("two processes on one processor wait for half of the time, and no longer than they could", async () => {
  const [first, second] = [new ProcessorQueue(busy()), new ProcessorQueue(busy())];
  await sleep(300);
  const start = performance.now();
  first.waited();
  second.waited();
  await sleep(1500);
  const [a, b] = [first.waited(), second.waited()];
  const passed = (performance.now() - start) / 1000;
  expect(a + b).toBeGreaterThan(0.6 * passed);
  for (const waited of [a, b]) expect(waited).toBeLessThan(passed + 0.2);
});

test.skipIf(process.platform !== "linux")("a process that sleeps waits for nobody", async () => {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  started.push(child);
  const queue = new ProcessorQueue(child.pid!);
  await sleep(500);
  expect(queue.waited()).toBeLessThan(0.1);
});

test("a process that is gone, or a system that does not tell, has waited for nothing", () => {
  expect(new ProcessorQueue(2 ** 30).waited()).toBe(0);
});

test("seconds of one's own end, and are never more than were asked for by the clock of an idle machine", async () => {
  const start = performance.now();
  await ownSeconds(0.2, new AbortController().signal);
  expect(performance.now() - start).toBeGreaterThan(190);
  const stop = new AbortController();
  const never = ownSeconds(60, stop.signal);
  stop.abort();
  await expect(never).rejects.toMatchObject({ name: "AbortError" });
});
