import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { noRedis, RedisServer } from "@leader/queue/testing";
import { RestorationWorker } from "@leader/server/worker";
import { createRestorer } from "leader-restore";
import S3rver from "s3rver";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { computing, eventsOf, form, png, quickPipeline, serviceFixture, type Fixture } from "./fixture.js";

if (noRedis !== undefined) console.warn(`skipped: ${noRedis}`);

interface View {
  readonly id: string;
  readonly state: string;
  readonly error?: { readonly code: string };
  readonly links: Readonly<Record<string, string>>;
}

/** Takes seconds on the reference interpreter. */
const longPipeline = quickPipeline({ scheduler: { use: "leader#uniform", with: { steps: 400 } } });

class Client {
  readonly #url: string;

  constructor({ url }: Fixture) {
    this.#url = url;
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, this.#url), init);
  }

  async view(path: string, init: RequestInit = {}): Promise<View> {
    return (await (await this.get(path, init)).json()) as View;
  }

  async post(picture: Uint8Array, fields: Readonly<Record<string, string>>): Promise<View> {
    const response = await this.get("/v1/restorations", { method: "POST", body: form({ picture, ...fields }) });
    expect(response.status, await response.clone().text()).toBe(202);
    return (await response.json()) as View;
  }

  /** What happens to a restoration until it is over; the last event is its end. */
  async events({ links }: View): Promise<Awaited<ReturnType<typeof eventsOf>>> {
    return await eventsOf(await this.get(links["events"]!));
  }

  async result({ links }: View): Promise<Buffer> {
    const response = await this.get(links["result"]!);
    expect(response.status).toBe(200);
    return Buffer.from(await response.arrayBuffer());
  }

  async untilItRuns({ links }: View): Promise<void> {
    while ((await this.view(links["self"]!)).state === "queued") await sleep(20);
  }
}

// What takes seconds alone takes minutes where many processes want the same processors.
describe.skipIf(noRedis !== undefined)("restorations on a queue", { timeout: 240_000 }, () => {
  let redis: RedisServer;
  let folder: string;
  let picture: Buffer;
  let fixture: Fixture;
  let client: Client;
  const storage = (): string => join(folder, "storage");
  const service = (place = storage()): Promise<Fixture> => serviceFixture({ redis: redis.address, storage: place });
  const worker = (place = storage()): Promise<RestorationWorker> =>
    RestorationWorker.start({ redis: redis.address, storage: place, lockSeconds: 1 });
  const byLibrary = async (pipeline: string, seed: number): Promise<Buffer> => {
    await using restorer = await createRestorer(`${pipeline}\n`);
    return await (await restorer.restore(picture, { seed })).toBuffer();
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "leader-server-queue-"));
    [redis, picture] = await Promise.all([RedisServer.start(), png(8)]);
    fixture = await service();
    client = new Client(fixture);
  });
  afterAll(async () => {
    await fixture[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("are done by two workers, told of as they go, the same to the byte, and done once for the same request", async () => {
    const asked = { pipeline: quickPipeline({ uncertainty: { use: "leader#score" } }), uncertainty: "true", previewEvery: "1" };
    const jobs = await Promise.all(["1", "2", "3"].map((seed) => client.post(picture, { ...asked, seed, priority: "high" })));
    // Somebody listens before anything begins: the work is over within milliseconds.
    const streams = await Promise.all(jobs.map(({ links }) => client.get(links["events"]!)));
    await using _first = await worker();
    await using _second = await worker();
    const events = await Promise.all(streams.map(eventsOf));
    expect(events.map((told) => told.at(-1)!.data["state"])).toEqual(["completed", "completed", "completed"]);
    for (const told of events) expect(new Set(told.map(({ event }) => event))).toEqual(new Set(["state", "progress", "preview"]));
    const steps = events[0]!.flatMap(({ data }) => data["steps"] ?? []);
    expect(steps).toMatchObject([0, 1, 2, 3].map((step) => ({ step, evaluations: step + 1 })));
    expect(await client.result(jobs[1]!)).toEqual(await byLibrary(asked.pipeline, 2));
    expect(await (await client.get(jobs[0]!.links["report"]!)).json()).toMatchObject({ id: jobs[0]!.id, evaluations: 4 });
    expect((await client.get(jobs[0]!.links["uncertainty"]!)).headers.get("x-leader-largest")).toMatch(/^0\.\d+/u);
    const again = await client.post(picture, { ...asked, seed: "2" });
    expect(again).toMatchObject({ id: jobs[1]!.id, state: "completed" });
    expect((await client.get(again.links["self"]!, { method: "DELETE" })).status).toBe(200);
    expect((await client.get(again.links["self"]!)).status).toBe(404);
    expect(readdirSync(storage())).not.toContain(again.id);
  });

  test("have the params that were asked for, each a restoration of its own, also after the service was started anew", async () => {
    const steps = { type: "integer", default: 4, sets: "scheduler.with.steps" };
    const pipeline = quickPipeline({ params: { steps }, scheduler: { use: "leader#uniform" } });
    const before = await service();
    const first = new Client(before);
    const [three, four] = [await first.post(picture, { pipeline, param: "steps=3" }), await first.post(picture, { pipeline })];
    expect(three.id).not.toBe(four.id);
    await before[Symbol.asyncDispose]();
    await using _worker = await worker();
    await Promise.all([client.events(three), client.events(four)]);
    const evaluations = async ({ links }: View): Promise<unknown> =>
      ((await (await client.get(links["report"]!)).json()) as Readonly<Record<string, unknown>>)["evaluations"];
    expect([await evaluations(three), await evaluations(four)]).toEqual([3, 4]);
    expect(await (await client.get(three.links["pipeline"]!)).text()).toContain("steps: 3");
    expect(await client.post(picture, { pipeline, param: "steps=3" })).toMatchObject({ id: three.id, state: "completed" });
  });

  test("go to another worker when one is killed, with the bytes of an undisturbed run", async () => {
    const doomed = await cliWorker(["--queue", redis.address, "--storage", storage(), "--lock-seconds", "1"]);
    const job = await client.post(picture, { pipeline: longPipeline, seed: "4" });
    await client.untilItRuns(job);
    doomed.kill("SIGKILL");
    await using _worker = await worker();
    expect((await client.events(job)).at(-1)!.data["state"]).toBe("completed");
    expect(await client.result(job)).toEqual(await byLibrary(longPipeline, 4));
  });

  test("are cancelled where they run, and leave their worker to the next", async () => {
    await using _worker = await worker();
    const job = await client.post(picture, { pipeline: longPipeline, seed: "5" });
    await client.untilItRuns(job);
    expect((await client.view(job.links["self"]!, { method: "DELETE" })).state).toBe("cancelled");
    expect((await client.get(job.links["result"]!)).status).toBe(409);
    const next = await client.post(picture, { pipeline: quickPipeline(), seed: "5" });
    expect((await client.events(next)).at(-1)!.data["state"]).toBe("completed");
  });

  test("that are the same as one that is being cancelled are begun anew, and not told that they are cancelled", async () => {
    await using _worker = await worker();
    const job = await client.post(picture, { pipeline: longPipeline, seed: "11" });
    await client.untilItRuns(job);
    await client.get(job.links["self"]!, { method: "DELETE" });
    const [again, same] = await Promise.all([
      client.post(picture, { pipeline: longPipeline, seed: "11" }),
      client.post(picture, { pipeline: longPipeline, seed: "11" }),
    ]);
    expect([again.id, same.id]).toEqual([job.id, job.id]);
    expect(again.state).not.toBe("cancelled");
    expect((await client.events(again)).at(-1)!.data).toMatchObject({ state: "completed" });
    expect(await client.result(again)).toEqual(await byLibrary(longPipeline, 11));
  });

  test("whose cancellation their worker did not hear of stay cancelled, and are begun anew when they are asked for", async () => {
    await using _worker = await worker();
    const job = await client.post(picture, { pipeline: longPipeline, seed: "12" });
    await client.untilItRuns(job);
    const end = join(storage(), job.id, "end.json");
    await writeFile(end, JSON.stringify({ state: "cancelled", ended: Date.now() }));
    expect((await client.events(job)).at(-1)!.data["state"]).toBe("cancelled");
    expect(readFileSync(end, "utf8")).toContain('"state":"cancelled"');
    const again = await client.post(picture, { pipeline: longPipeline, seed: "12" });
    expect((await client.events(again)).at(-1)!.data["state"]).toBe("completed");
  });

  test("are found again by a service that was started anew, whether they are over, wait, or failed", async () => {
    const before = await service();
    const first = new Client(before);
    const [done, failed] = await withWorker(worker, async () => {
      const quick = await first.post(picture, { pipeline: quickPipeline(), seed: "6" });
      const wrong = await first.post(picture, {
        pipeline: quickPipeline({ denoiser: { use: "leader#onnx-file", with: { path: "gone" } } }),
      });
      await Promise.all([first.events(quick), first.events(wrong)]);
      return [quick, wrong] as const;
    });
    const waits = await first.post(picture, { pipeline: quickPipeline(), seed: "7" });
    const restored = await first.result(done);
    await before.service.drain();
    await before[Symbol.asyncDispose]();

    const after = await service();
    const second = new Client(after);
    expect(await second.result(done)).toEqual(restored);
    expect(await second.view(failed.links["self"]!)).toMatchObject({ state: "failed", error: { code: "LEADER_FILE_NOT_OFFERED" } });
    expect((await second.view(waits.links["self"]!)).state).toBe("queued");
    await withWorker(worker, async () => expect((await second.events(waits)).at(-1)!.data["state"]).toBe("completed"));
    await after[Symbol.asyncDispose]();
  });

  test("wait out a storage that is full, and refuse what cannot be kept", async (context) => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const mounted = await promisify(execFile)("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]).catch(() => undefined);
    if (mounted === undefined) return context.skip("no right to mount a small disk");
    const small = await service(disk);
    try {
      const onSmall = new Client(small);
      await using _worker = await worker(disk);
      const job = await onSmall.post(picture, { pipeline: longPipeline, seed: "8" });
      await onSmall.untilItRuns(job);
      // It takes what there is, and fails at the end.
      await writeFile(join(disk, "ballast"), new Uint8Array(2 ** 19)).catch(() => undefined);
      const refused = await onSmall.get("/v1/restorations", {
        method: "POST",
        body: form({ picture, pipeline: quickPipeline(), seed: "9" }),
      });
      expect([refused.status, refused.headers.has("retry-after")]).toEqual([503, true]);
      const text = await refused.text();
      expect(text).toContain("LEADER_SERVER_STORAGE");
      expect(text).not.toContain(folder);
      await sleep(4000);
      rmSync(join(disk, "ballast"));
      expect((await onSmall.events(job)).at(-1)!.data["state"]).toBe("completed");
      expect(await onSmall.result(job)).toEqual(await byLibrary(longPipeline, 8));
    } finally {
      await small[Symbol.asyncDispose]();
      await promisify(execFile)("umount", ["--lazy", disk]);
    }
  });

  test("lie in a bucket as well as in a folder", async () => {
    const bucket = new S3rver({
      port: 0,
      address: "127.0.0.1",
      silent: true,
      directory: join(folder, "s3"),
      configureBuckets: [{ name: "results", configs: [] }],
    });
    const { port } = await bucket.run();
    const variables = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "S3RVER",
      AWS_SECRET_ACCESS_KEY: "S3RVER",
    };
    Object.assign(process.env, variables);
    const place = "s3://results/pictures";
    const inBucket = await service(place);
    try {
      await using _worker = await worker(place);
      const stored = new Client(inBucket);
      const job = await stored.post(picture, { pipeline: quickPipeline(), seed: "10" });
      expect((await stored.events(job)).at(-1)!.data["state"]).toBe("completed");
      expect(await stored.result(job)).toEqual(await byLibrary(quickPipeline(), 10));
      await stored.get(job.links["self"]!, { method: "DELETE" });
      expect((await stored.get(job.links["self"]!)).status).toBe(404);
    } finally {
      await inBucket[Symbol.asyncDispose]();
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
      await bucket.close();
    }
  });

  test("leave no process behind", async () => {
    // That of the service that is still open.
    for (let tries = 0; computing().length > 1 && tries < 100; tries++) await sleep(50);
    expect(computing().length).toBe(1);
  });
});

test("a queue without a storage is refused", async () => {
  await expect(serviceFixture({ redis: "redis://127.0.0.1:1" })).rejects.toMatchObject({ code: "LEADER_SERVER_OPTION" });
});

async function withWorker<T>(start: () => Promise<RestorationWorker>, body: () => Promise<T>): Promise<T> {
  await using _worker = await start();
  return await body();
}

/** `leader worker` in a process of its own, which can be killed. */
async function cliWorker(args: readonly string[]): Promise<ChildProcess> {
  const bin = fileURLToPath(new URL("../../cli/bin/leader.js", import.meta.url));
  const child = spawn(process.execPath, [bin, "worker", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}
