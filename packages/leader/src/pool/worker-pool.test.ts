import { expect, test } from "vitest";
import { WorkerPool, type WorkerPoolSizes } from "./worker-pool.js";

function poolOf(sizes: Partial<WorkerPoolSizes>): { readonly pool: WorkerPool<number>; readonly ended: number[] } {
  let next = 0;
  const ended: number[] = [];
  const end = (worker: number): Promise<void> => Promise.resolve(void ended.push(worker));
  return { ended, pool: new WorkerPool({ minimum: 0, maximum: 2, queue: 10, recycleAfter: Infinity, ...sizes, make: () => next++, end }) };
}

const id = (worker: number): Promise<number> => Promise.resolve(worker);

test("takes the free worker that is preferred, then one that was never used, then a new one, then the one unused for longest", async () => {
  const { pool } = poolOf({});
  expect(await pool.use(id, { prefers: () => false })).toBe(0);
  expect(await pool.use(id, { prefers: (worker) => worker === 0 })).toBe(0);
  expect(await pool.use(id, { prefers: () => false })).toBe(1);
  expect(await pool.use(id, { prefers: () => false })).toBe(0);
  expect(await pool.use(id, { prefers: (worker) => worker === 1 })).toBe(1);
});

test("serves the lowest number first of those who wait, and of the same number who came first", async () => {
  const { pool } = poolOf({ maximum: 1 });
  let finish: () => void = () => undefined;
  const held = pool.use(() => new Promise<void>((resolve) => (finish = resolve)));
  const served: string[] = [];
  const waits = [2, 0, 1, 0].map((priority, i) => pool.use(() => Promise.resolve(void served.push(`${priority} ${i}`)), { priority }));
  await new Promise((resolve) => setImmediate(resolve));
  finish();
  await Promise.all([held, ...waits]);
  expect(served).toEqual(["0 1", "0 3", "1 2", "2 0"]);
});

test("replaces a worker after its uses, and refuses who comes after the queue is full or the pool closed", async () => {
  const { pool, ended } = poolOf({ maximum: 1, queue: 1, recycleAfter: 2 });
  let finish: () => void = () => undefined;
  const held = pool.use(() => new Promise<void>((resolve) => (finish = resolve)));
  const waits = pool.use(id);
  await expect(pool.use(id)).rejects.toMatchObject({ code: "LEADER_POOL_FULL", retryable: true });
  expect([pool.running, pool.waiting]).toEqual([1, 1]);
  finish();
  await held;
  expect([await waits, await pool.use(id)]).toEqual([0, 1]);
  await pool.close();
  expect(ended).toEqual([0, 1]);
  await expect(pool.use(id)).rejects.toMatchObject({ code: "LEADER_POOL_CLOSED" });
  expect(() => poolOf({ minimum: 3 })).toThrow(/maximum/u);
});
