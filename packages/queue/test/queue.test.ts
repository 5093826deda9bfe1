import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dispatcher, TaskRefused, TaskReturned, TaskWorker, type TaskContext, type TaskEnd, type TaskFunction } from "@leader/queue";
import { noRedis, RedisServer } from "@leader/queue/testing";

if (noRedis !== undefined) console.warn(`skipped: ${noRedis}`);

const tasksOf = (kind: string, ids: readonly string[]) => ids.map((id) => ({ kind, id: `${kind}-${id}`, payload: { id } }));

const withWorker = async <T>(address: string, functions: Readonly<Record<string, TaskFunction>>, body: () => Promise<T>): Promise<T> => {
  await using _worker = await TaskWorker.start(address, { functions, lockSeconds: 1 });
  return await body();
};

describe.skipIf(noRedis !== undefined)("a queue on Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
  });

  it("does every task once and returns the values in the order of the tasks", async () => {
    const seen: string[] = [];
    const work: TaskFunction = (payload) => {
      const { id } = payload as { readonly id: string };
      seen.push(id);
      return Promise.resolve(`did ${id}`);
    };
    await using dispatcher = await Dispatcher.open(redis.address);
    const ends = await withWorker(redis.address, { once: work }, () => dispatcher.dispatch(tasksOf("once", ["a", "b", "c"])));
    expect(ends).toEqual(["a", "b", "c"].map((id): TaskEnd => ({ id: `once-${id}`, status: "done", value: `did ${id}` })));
    expect(seen.sort()).toEqual(["a", "b", "c"]);
  });

  it("shares the tasks of two dispatchers of the same work, and does them anew when they are asked for again", async () => {
    let runs = 0;
    const work: TaskFunction = async () => {
      runs++;
      await pause(300);
      return runs;
    };
    await using first = await Dispatcher.open(redis.address);
    await using second = await Dispatcher.open(redis.address);
    await withWorker(redis.address, { shared: work }, async () => {
      await Promise.all([first.dispatch(tasksOf("shared", ["x"])), second.dispatch(tasksOf("shared", ["x"]))]);
      expect(runs).toBe(1);
      await first.dispatch(tasksOf("shared", ["x"]));
      expect(runs).toBe(2);
    });
  });

  it("tries a failure again, refuses what is refused at once, and gives back what was interrupted", async () => {
    const tries: Record<string, number[]> = { again: [], refused: [], returned: [] };
    const count = (kind: string, { attempt }: TaskContext): number => tries[kind]!.push(attempt);
    const functions: Readonly<Record<string, TaskFunction>> = {
      again: (_, context) => (count("again", context) < 2 ? Promise.reject(new Error("no memory")) : Promise.resolve("well")),
      refused: (_, context) => {
        count("refused", context);
        return Promise.reject(new TaskRefused("no such operator"));
      },
      returned: (_, context) => (count("returned", context) < 3 ? Promise.reject(new TaskReturned()) : Promise.resolve("well")),
    };
    await using dispatcher = await Dispatcher.open(redis.address);
    const tasks = ["again", "refused", "returned", "unknown"].flatMap((kind) => tasksOf(kind, ["1"]));
    const ends = await withWorker(redis.address, functions, () => dispatcher.dispatch(tasks));
    expect(ends.map(({ status }) => status)).toEqual(["done", "failed", "done", "failed"]);
    expect(ends[1]).toMatchObject({ reason: "no such operator" });
    expect(ends[3]).toMatchObject({ reason: "this worker knows no task of the kind `unknown`" });
    expect(tries).toEqual({ again: [0, 1], refused: [0], returned: [0, 1, 2] });
  });

  it("passes on what a task tells, and cancels tasks that run or wait", async () => {
    const told: unknown[] = [];
    const work: TaskFunction = async (_, { signal, tell }) => {
      tell({ fraction: 0.5 });
      await pause(60_000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw new TaskRefused("cancelled");
    };
    await using dispatcher = await Dispatcher.open(redis.address);
    const ends = await withWorker(redis.address, { long: work }, async () => {
      const cancelled = dispatcher.dispatch(tasksOf("long", ["runs", "waits"]), { onEvent: (id, event) => told.push([id, event]) });
      while (told.length === 0) await pause(20);
      await dispatcher.cancel("long-waits");
      await dispatcher.cancel("long-runs");
      return await cancelled;
    });
    expect(told).toEqual([["long-runs", { fraction: 0.5 }]]);
    expect(ends.map(({ status }) => status)).toEqual(["failed", "failed"]);
  });

  it("goes on after Redis was killed and started again, with tasks waiting, running and dispatched", async () => {
    const seen: string[] = [];
    const work: TaskFunction = async (payload) => {
      await pause(150);
      seen.push((payload as { readonly id: string }).id);
      return "done";
    };
    await using dispatcher = await Dispatcher.open(redis.address);
    const ids = Array.from({ length: 12 }, (_, i) => String(i));
    const ends = await withWorker(redis.address, { kept: work }, async () => {
      const all = dispatcher.dispatch(tasksOf("kept", ids));
      while (seen.length < 3) await pause(20);
      await redis.restart();
      return await all;
    });
    expect(ends.map(({ status }) => status)).toEqual(ids.map(() => "done"));
    // The task whose end Redis did not hear is done twice; no other is.
    expect(new Set(seen).size).toBe(12);
    expect(seen.length).toBeLessThanOrEqual(13);
  });

  it("lets a worker that is told to leave finish what it has, and take nothing more", async () => {
    const seen: string[] = [];
    const work: TaskFunction = async (payload) => {
      await pause(300);
      seen.push((payload as { readonly id: string }).id);
    };
    await using dispatcher = await Dispatcher.open(redis.address);
    const worker = await TaskWorker.start(redis.address, { functions: { drained: work }, lockSeconds: 1 });
    const all = dispatcher.dispatch(tasksOf("drained", ["1", "2"]));
    while (worker.running === 0) await pause(10);
    await worker.drain();
    expect(seen).toHaveLength(1);
    await withWorker(redis.address, { drained: work }, () => all);
    expect(seen.sort()).toEqual(["1", "2"]);
  });

  it("leaves when it is told to although Redis has gone, after what it has is done", async () => {
    await using own = await RedisServer.start();
    let done = false;
    const work: TaskFunction = async () => {
      await pause(1500);
      done = true;
    };
    const dispatcher = await Dispatcher.open(own.address);
    const idle = await TaskWorker.start(own.address, { functions: {}, queue: "other" });
    const worker = await TaskWorker.start(own.address, { functions: { left: work }, lockSeconds: 1 });
    void dispatcher.dispatch(tasksOf("left", ["1"])).catch(() => undefined);
    while (worker.running === 0) await pause(10);
    await own.kill();
    expect((await Promise.all([worker.drain(), idle.drain()]))[0]).toBe(false);
    expect(done).toBe(true);
    void dispatcher[Symbol.asyncDispose]().catch(() => undefined);
  }, 20_000);

  it("refuses a Redis that may drop tasks", async () => {
    const client = new Redis(redis.address);
    await client.config("SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru");
    try {
      await expect(Dispatcher.open(redis.address)).rejects.toMatchObject({ code: "LEADER_QUEUE_EVICTS" });
    } finally {
      await client.config("SET", "maxmemory", "0", "maxmemory-policy", "noeviction");
      client.disconnect();
    }
  });
});

describe("the address of a queue", () => {
  it.each(["localhost", "http://localhost", "redis://"])("%s is refused", async (address) => {
    await expect(Dispatcher.open(address)).rejects.toMatchObject({ code: "LEADER_QUEUE_ADDRESS" });
  });

  it("that nobody answers at is told without its password", async () => {
    const refused = TaskWorker.start("redis://:secret@127.0.0.1:1", { functions: {} });
    await expect(refused).rejects.toMatchObject({ code: "LEADER_QUEUE_UNREACHABLE", retryable: true });
    await expect(refused).rejects.not.toThrow(/secret/u);
  }, 20_000);
});
