import { readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createRestorer, decodeNpy, decodePicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { computing, eventsOf, form, png, quickPipeline, serviceFixture, type Fixture } from "./fixture.js";

let fixture: Fixture;
let picture: Buffer;
beforeAll(async () => {
  fixture = await serviceFixture({ queue: 2, seconds: 60 });
  picture = await png(8);
});
afterAll(() => fixture[Symbol.asyncDispose]());

interface View {
  readonly id: string;
  readonly state: string;
  readonly links: Readonly<Record<string, string>>;
  readonly error?: { readonly code: string; readonly status: number; readonly retryable: boolean };
}

const at = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, fixture.url), init);
const post = (fields: Readonly<Record<string, string | Uint8Array>>): Promise<Response> =>
  at("/v1/restorations", { method: "POST", body: form({ picture, ...fields }) });
const view = async (response: Response): Promise<View> => (await response.json()) as View;
const start = async (fields: Readonly<Record<string, string | Uint8Array>>): Promise<View> => {
  const response = await post(fields);
  expect(response.status, await response.clone().text()).toBe(202);
  return await view(response);
};
/** The restoration when it is over: its events end then. */
const ended = async ({ links }: View): Promise<View> => {
  await eventsOf(await at(links["events"]!));
  return await view(await at(links["self"]!));
};
const blocking = quickPipeline({ backend: { use: "fixture#blocking" } });

describe("a restoration", () => {
  test("is accepted, followed, fetched in the wanted format, and forgotten", async () => {
    const response = await post({
      pipeline: quickPipeline({ uncertainty: { use: "leader#score" } }),
      uncertainty: "true",
      previewEvery: "1",
      seed: "7",
    });
    expect(response.status).toBe(202);
    const job = await view(response);
    expect(response.headers.get("location")).toBe(job.links["self"]);
    const events = await eventsOf(await at(job.links["events"]!));
    expect(events.at(-1)).toMatchObject({ event: "state", data: { state: "completed", result: { width: 8, height: 8 } } });
    const fractions = events.filter(({ event }) => event === "progress").map(({ data }) => data["fraction"] as number);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    const steps = events.flatMap(({ event, data }) => (event === "progress" ? (data["steps"] as Record<string, number>[]) : []));
    expect(steps.map(({ step, evaluations }) => [step, evaluations])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(steps.every(({ sigma, uncertainty }) => sigma! > 0 && uncertainty! < sigma! ** 2)).toBe(true);
    const previews = events.filter(({ event }) => event === "preview");
    expect(previews.map(({ data }) => data["width"])).toEqual([8, 8, 8, 8]);
    expect(previews[0]!.data["image"]).toMatch(/^data:image\/webp;base64,UklGR/u);

    const result = await at(job.links["result"]!);
    expect(result.headers.get("content-type")).toBe("image/png");
    const pixels = await decodePicture(new Uint8Array(await result.arrayBuffer()), "result");
    expect(pixels.tensor.shape).toEqual([1, 3, 8, 8]);
    const webp = await at(job.links["result"]!, { headers: { accept: "text/html, image/webp;q=0.9" } });
    expect(webp.headers.get("content-type")).toBe("image/webp");
    // WebP is written without loss, so both formats hold the same pixels.
    expect((await decodePicture(new Uint8Array(await webp.arrayBuffer()), "webp")).tensor.data).toEqual(pixels.tensor.data);
    expect((await at(`${job.links["result"]!}?format=jpeg`)).headers.get("content-type")).toBe("image/jpeg");
    expect((await at(job.links["result"]!, { headers: { accept: "text/html" } })).status).toBe(406);

    expect(await (await at(job.links["report"]!)).json()).toMatchObject({
      id: job.id,
      evaluations: 4,
      outcome: "completed",
      pipeline: { seed: 0 },
    });
    const { steps: reported } = (await (await at(job.links["report"]!)).json()) as { steps: Record<string, unknown>[] };
    expect(reported.map(({ sigma, evaluations }) => [sigma, evaluations])).toEqual(
      steps.map(({ sigma, evaluations }) => [sigma, evaluations]),
    );
    expect(await (await at(job.links["pipeline"]!)).text()).toContain("leader#score");
    const map = await at(job.links["uncertainty"]!, { headers: { accept: "application/octet-stream" } });
    const deviation = decodeNpy(Buffer.from(await map.arrayBuffer()), "map");
    expect(deviation.shape).toEqual([8, 8]);
    expect(Math.max(...deviation.data)).toBeCloseTo(Number(map.headers.get("x-leader-largest")), 6);

    expect((await at(job.links["self"]!, { method: "DELETE" })).status).toBe(200);
    expect((await at(job.links["self"]!)).status).toBe(404);
  });

  test("gives the bytes that the library gives, for a raw body as for a form", async () => {
    await using restorer = await createRestorer(`${quickPipeline()}\n`);
    const expected = await (await restorer.restore(picture, { seed: 3 })).toBuffer();
    const query = new URLSearchParams({ pipeline: quickPipeline(), seed: "3" });
    const raw = await at(`/v1/restorations?${query.toString()}`, {
      method: "POST",
      body: new Uint8Array(picture),
      headers: { "content-type": "image/png" },
    });
    for (const job of [await view(raw), await start({ pipeline: quickPipeline(), seed: "3" })]) {
      expect((await ended(job)).state).toBe("completed");
      expect(Buffer.from(await (await at(job.links["result"]!)).arrayBuffer()).equals(expected)).toBe(true);
    }
  });

  test("takes the photographs of phones, and says in a note what is not read of them", async () => {
    const heic = readFileSync(new URL("../../../packages/leader/test/picture/heic/two.heic", import.meta.url));
    const job = await ended(
      await view(await at("/v1/restorations", { method: "POST", body: form({ picture: heic, pipeline: quickPipeline() }) })),
    );
    expect(job).toMatchObject({ state: "completed", result: { width: 64, height: 48 } });
    const { notes } = (await (await at(job.links["report"]!)).json()) as { notes: readonly string[] };
    expect(notes).toContainEqual(expect.stringContaining("the file holds 2 pictures"));
  });

  test("takes masks as files that are sent along, and keeps none of them", async () => {
    const mask = await png(8, 8, 4);
    const inpainting = { operator: { use: "@leader/operators#inpainting", with: { mask: "upload:holes" } } };
    const job = await ended(await start({ pipeline: quickPipeline(inpainting), holes: mask }));
    expect(job.state).toBe("completed");
    const missing = await post({ pipeline: quickPipeline(inpainting) });
    expect(missing.status).toBe(422);
    expect(await missing.json()).toMatchObject({ diagnostics: [{ message: expect.stringContaining("upload:holes") as string }] });
  });

  test("reports every problem of a pipeline at its place", async () => {
    const response = await post({
      pipeline: quickPipeline({ scheduler: { use: "leader#uniform", with: { steps: 0, extra: 1 } }, seed: 1 }),
    });
    expect(response.status).toBe(422);
    const { diagnostics } = (await response.json()) as { diagnostics: { path: string; line: number }[] };
    expect(diagnostics.map(({ path }) => path).sort()).toEqual(["scheduler.with.extra", "scheduler.with.steps"]);
    expect(diagnostics.every(({ line }) => line === 1)).toBe(true);
  });
});

describe("a restoration that goes wrong", () => {
  test("is cancelled at once, even in native code that never returns, and its process with it", async () => {
    const before = computing();
    const job = await start({ pipeline: blocking });
    await sleep(1500);
    const health = performance.now();
    expect((await at("/healthz")).status).toBe(200);
    expect(performance.now() - health).toBeLessThan(1000);
    const cancelled = performance.now();
    expect((await view(await at(job.links["self"]!, { method: "DELETE" }))).state).toBe("cancelled");
    while (computing().length >= before.length && performance.now() - cancelled < 5000) await sleep(10);
    // 150 ms of grace and the kill; the bench measures it on an idle machine.
    expect(performance.now() - cancelled).toBeLessThan(2000);
    expect((await at(job.links["result"]!)).status).toBe(409);
    expect((await ended(await start({ pipeline: quickPipeline() }))).state).toBe("completed");
  });

  test("says that its process crashed, and the next one is restored", async () => {
    const job = await ended(await start({ pipeline: quickPipeline({ backend: { use: "fixture#dying" } }) }));
    expect(job).toMatchObject({ state: "failed", error: { code: "LEADER_CHILD_CRASHED", retryable: true } });
    expect((await ended(await start({ pipeline: quickPipeline() }))).state).toBe("completed");
  });

  test("finds the queue full, is told when to come again, and waits in turn otherwise", async () => {
    const running = await start({ pipeline: blocking });
    while ((await view(await at(running.links["self"]!))).state !== "running") await sleep(20);
    const waiting = [await start({ pipeline: quickPipeline() }), await start({ pipeline: quickPipeline() })];
    const refused = await post({ pipeline: quickPipeline() });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({ code: "LEADER_SERVER_BUSY", retryable: true });
    // A small body is thrown away, so that the connection can be used again; a large one, or one whose length nobody knows, is not read.
    const sent = { method: "POST", headers: { "content-type": "image/png" } };
    const small = await fetch(new URL("/v1/restorations", fixture.url), { ...sent, body: new Uint8Array(1000) });
    const large = await fetch(new URL("/v1/restorations", fixture.url), { ...sent, body: new Uint8Array(2 ** 20) });
    expect([small.status, small.headers.get("connection"), large.status, large.headers.get("connection")]).toEqual([
      429,
      "keep-alive",
      429,
      "close",
    ]);
    expect(small.headers.get("x-content-type-options")).toBe("nosniff");
    const foreign = await fetch(new URL("/v1/restorations", fixture.url), { ...sent, headers: { origin: "https://evil.example" } });
    expect(foreign.status).toBe(403);
    expect((await view(await at(waiting[1]!.links["self"]!, { method: "DELETE" }))).state).toBe("cancelled");
    expect((await at(waiting[0]!.links["result"]!)).status).toBe(409);
    await at(running.links["self"]!, { method: "DELETE" });
    expect((await ended(waiting[0]!)).state).toBe("completed");
    expect(await (await at("/readyz")).json()).toEqual({ status: "ready", running: 0, waiting: 0 });
  });
});

test("tells how it is: limits, schema, description, counters", async () => {
  expect(await (await at("/v1")).json()).toMatchObject({
    tasks: ["upscale", "denoise", "inpaint", "deblur", "colorize"],
    qualities: {
      upscale: { draft: "10 steps at most", normal: "20 steps at most", best: "60 steps at most" },
      denoise: { draft: "1 step", normal: "4 steps", best: "10 steps" },
      colorize: { draft: "4 draws", normal: "16 draws", best: "64 draws" },
    },
    pictures: expect.arrayContaining([".png", ".bmp", ".heic"]) as string[],
    limits: { queue: 2 },
  });
  expect(JSON.stringify(await (await at("/v1/schema")).json())).toContain("@leader/operators#super-resolution");
  const api = (await (await at("/openapi.json")).json()) as { paths: Record<string, { post?: { requestBody: { content: object } } }> };
  expect(Object.keys(api.paths["/v1/restorations"]!.post!.requestBody.content)).toContain("multipart/form-data");
  expect(Object.keys(api.paths).length).toBeGreaterThanOrEqual(10);
  expect((await at("/docs")).status).toBe(200);
  expect(await (await at("/metrics")).text()).toMatch(/leader_restorations_total\{state="completed"\} \d+/u);
});

test("keys are asked for where they are configured, and nobody sees the restorations of another", async () => {
  await using closed = await serviceFixture({ minimum: 0, keys: ["first-key-of-the-test", "second-key-of-the-test"] });
  const ask = (path: string, key: string, init: RequestInit = {}): Promise<Response> =>
    fetch(new URL(path, closed.url), { ...init, headers: key === "" ? {} : { authorization: `Bearer ${key}` } });
  const body = (): RequestInit => ({ method: "POST", body: form({ picture, pipeline: quickPipeline() }) });
  for (const key of ["", "wrong", "first-key-of-the-tes"]) expect((await ask("/v1/restorations", key, body())).status).toBe(401);
  expect((await ask("/metrics", "")).status).toBe(401);
  expect((await ask("/healthz", "")).status).toBe(200);
  const job = await view(await ask("/v1/restorations", "first-key-of-the-test", body()));
  expect((await ask(job.links["self"]!, "second-key-of-the-test")).status).toBe(404);
  expect((await ask(job.links["self"]!, "first-key-of-the-test")).status).toBe(200);
});

test("draining refuses what is new, finishes what runs, and leaves no process and no file", async () => {
  const drained = await serviceFixture({ drainSeconds: 30 });
  const others = computing().length;
  const job = await view(
    await fetch(new URL("/v1/restorations", drained.url), {
      method: "POST",
      body: form({ picture, pipeline: quickPipeline({ scheduler: { use: "leader#uniform", with: { steps: 200 } } }) }),
    }),
  );
  const events = fetch(new URL(job.links["events"]!, drained.url)).then(eventsOf);
  await sleep(100);
  const draining = drained.service.drain();
  expect((await fetch(new URL("/readyz", drained.url))).status).toBe(503);
  const refused = await fetch(new URL("/v1/restorations", drained.url), {
    method: "POST",
    body: form({ picture, pipeline: quickPipeline() }),
  });
  expect([refused.status, refused.headers.has("retry-after")]).toEqual([503, true]);
  // A browser opens connections in advance; Node would wait 70 s for them.
  const silent = connect(Number(new URL(drained.url).port), "127.0.0.1");
  await once(silent, "connect");
  const begun = performance.now();
  await draining;
  expect(performance.now() - begun).toBeLessThan(30_000);
  silent.destroy();
  expect((await events).at(-1)!.data["state"]).toBe("completed");
  expect(computing().length).toBe(others - 2);
  expect(readdirSync(drained.folder).filter((name) => name.startsWith("leader-serve-"))).toEqual([]);
  await drained[Symbol.asyncDispose]();
});
