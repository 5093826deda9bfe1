import { expect, test, vi } from "vitest";
import type { ServerEvent } from "../src/api/event-stream.js";
import { RequestFailed, unreachable, type Failure } from "../src/api/failure.js";
import { reportOf, restorationOf, type State } from "../src/api/views.js";
import { RunStore } from "../src/run/run-store.js";

const id = "11111111-2222-4333-8444-555555555555";
const view = (state: State): object => ({ id, state, result: { width: 2, height: 2 }, links: {} });
const event = (state: State): ServerEvent => ({ event: "state", data: JSON.stringify(view(state)) });
const refused = (status: number): RequestFailed =>
  new RequestFailed({ ...unreachable, status, code: `LEADER_${status}` } satisfies Failure);

type Connection = readonly (ServerEvent | Error)[];

/** A store over a service whose streams say what `connections` holds, one after the other. */
function storeOver(connections: readonly Connection[], submit: () => Promise<object> = () => Promise.resolve(view("queued"))) {
  const left = [...connections];
  const ids: (string | undefined)[] = [];
  const removed = vi.fn(() => Promise.resolve(restorationOf(view("cancelled"))));
  async function* events(): AsyncGenerator<ServerEvent> {
    for (const item of left.shift() ?? []) {
      await Promise.resolve();
      if (item instanceof Error) throw item;
      yield item;
    }
  }
  const store = new RunStore(
    {
      submit: async () => restorationOf(await submit()),
      events,
      remove: removed,
      picture: () => Promise.resolve(new Blob(["png"])),
      report: () => Promise.resolve(reportOf({ evaluations: 3 })),
      pipeline: () => Promise.resolve("yaml"),
      uncertainty: () => Promise.reject(new Error("not asked for")),
    },
    (remembered) => ids.push(remembered),
  );
  return { store, ids, removed, left };
}

const over = async (store: RunStore): Promise<void> => {
  await vi.waitFor(() => expect(store.value.phase).toBe("over"), { timeout: 10_000 });
};

test("a restoration is followed to its result, and remembered", async () => {
  const { store, ids } = storeOver([[event("running"), event("completed")]]);
  expect(await store.start(new FormData())).toBe(true);
  await over(store);
  expect(store.value).toMatchObject({ restoration: { state: "completed" }, outcome: { pipeline: "yaml", report: { evaluations: 3 } } });
  expect(ids).toEqual([id]);
  store.clear();
  expect([store.value.phase, ids.at(-1)]).toEqual(["idle", undefined]);
});

test("a stream that breaks, or a service that is away, is asked again until the restoration is over", async () => {
  const { store, left } = storeOver([[event("running")], [refused(0)], [refused(503)], [event("failed")]]);
  const lost: boolean[] = [];
  store.subscribe(() => lost.push(store.value.lost));
  vi.useFakeTimers();
  try {
    const followed = store.resume(id);
    await vi.advanceTimersByTimeAsync(10_000);
    await followed;
  } finally {
    vi.useRealTimers();
  }
  expect(store.value).toMatchObject({ phase: "over", lost: false, restoration: { state: "failed" } });
  expect(lost).toContain(true);
  expect(left).toEqual([]);
});

test("a restoration that is gone is not looked for again", async () => {
  const { store, ids } = storeOver([[refused(404)]]);
  await store.resume(id);
  expect(store.value).toMatchObject({ phase: "over", failure: { code: "LEADER_404" } });
  expect(ids).toEqual([undefined]);
});

test("a request that is refused is told, and one that is called off is not", async () => {
  const refusing = storeOver([], () => Promise.reject(refused(422)));
  expect(await refusing.store.start(new FormData())).toBe(false);
  expect(refusing.store.value).toMatchObject({ phase: "idle", failure: { code: "LEADER_422" } });

  let answer = (_: object): void => undefined;
  const slow = storeOver([], () => new Promise<object>((resolve) => (answer = resolve)));
  const started = slow.store.start(new FormData());
  await slow.store.cancel();
  answer(view("queued"));
  expect(await started).toBe(false);
  expect(slow.store.value).toMatchObject({ phase: "idle" });
  expect(slow.store.value.failure).toBeUndefined();
});

test("cancelling asks the service, and only for what is not over", async () => {
  const { store, removed } = storeOver([[event("running"), event("cancelled")]]);
  await store.start(new FormData());
  await store.cancel();
  expect(removed).toHaveBeenCalledWith(id);
  await over(store);
  await store.cancel();
  expect(removed).toHaveBeenCalledTimes(1);
});
