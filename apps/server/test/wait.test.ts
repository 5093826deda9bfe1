import { setTimeout as sleep } from "node:timers/promises";
import { decodePicture } from "leader-restore";
import { afterAll, beforeAll, expect, test } from "vitest";
import { form, png, quickPipeline, serviceFixture, type Fixture } from "./fixture.js";

let fixture: Fixture;
let picture: Buffer;
beforeAll(async () => {
  fixture = await serviceFixture({ seconds: 60 });
  picture = await png(8);
});
afterAll(() => fixture[Symbol.asyncDispose]());

const ask = (pipeline: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Response> =>
  fetch(new URL("/v1/restorations", fixture.url), {
    method: "POST",
    body: form({ picture, pipeline, seed: "3" }),
    headers,
    ...(signal && { signal }),
  });
const at = (path: string): Promise<Response> => fetch(new URL(path, fixture.url));
const readiness = async (): Promise<unknown> => await (await at("/readyz")).json();
const blocking = quickPipeline({ backend: { use: "fixture#blocking" } });

test("answers with the picture that is found at the address of the result", async () => {
  const response = await ask(quickPipeline(), { prefer: "respond-async, wait=60" });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/png"]);
  expect(response.headers.get("preference-applied")).toBe("wait=60");
  const bytes = Buffer.from(await response.arrayBuffer());
  const result = await at(`${response.headers.get("location")!}/result`);
  expect(Buffer.from(await result.arrayBuffer()).equals(bytes)).toBe(true);
});

test("answers in the format that is wanted, with the restoration as JSON too, and refuses other formats before it computes", async () => {
  const webp = await ask(quickPipeline(), { prefer: 'Wait="60"', accept: "image/webp" });
  expect(webp.headers.get("content-type")).toBe("image/webp");
  expect((await decodePicture(new Uint8Array(await webp.arrayBuffer()), "webp")).tensor.shape).toEqual([1, 3, 8, 8]);
  const json = await ask(quickPipeline(), { prefer: "wait=60", accept: "application/json" });
  expect([json.status, await json.json()]).toMatchObject([200, { state: "completed" }]);
  const other = await ask(blocking, { prefer: "wait=60", accept: "text/html" });
  expect([other.status, await other.json()]).toMatchObject([406, { code: "LEADER_SERVER_NOT_ACCEPTABLE" }]);
  expect(await readiness()).toEqual({ status: "ready", running: 0, waiting: 0 });
});

test("answers with the failure of the restoration", async () => {
  const failed = await ask(quickPipeline({ backend: { use: "fixture#dying" } }), { prefer: "wait=60" });
  expect(await failed.json()).toMatchObject({ code: "LEADER_CHILD_CRASHED", retryable: true });
  expect(failed.status).toBeGreaterThanOrEqual(400);
});

test("answers with the way to the restoration when the time has passed, or when no time is given", async () => {
  const late = await ask(blocking, { prefer: "wait=1" });
  expect([late.status, late.headers.get("preference-applied")]).toEqual([202, "wait=1"]);
  const place = late.headers.get("location")!;
  expect(await late.json()).toMatchObject({ state: "running", links: { self: place } });
  await fetch(new URL(place, fixture.url), { method: "DELETE" });
  for (const prefer of ["wait=0", "wait=soon", "handling=lenient"]) {
    const response = await ask(quickPipeline(), { prefer });
    expect([response.status, response.headers.has("preference-applied")]).toEqual([202, false]);
  }
});

test("a client that leaves cancels what nobody else knows of", async () => {
  const leaving = new AbortController();
  const left = ask(blocking, { prefer: "wait=60" }, leaving.signal).then(
    () => "answered",
    () => "left",
  );
  while (!JSON.stringify(await readiness()).includes('"running":1')) await sleep(20);
  leaving.abort();
  expect(await left).toBe("left");
  const end = performance.now() + 5000;
  while (!JSON.stringify(await readiness()).includes('"running":0') && performance.now() < end) await sleep(20);
  expect(await readiness()).toEqual({ status: "ready", running: 0, waiting: 0 });
  expect(await (await at("/metrics")).text()).toMatch(/leader_restorations_total\{state="cancelled"\} [1-9]/u);
});
