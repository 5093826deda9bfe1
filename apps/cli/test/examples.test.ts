import { spawn, execFile, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { Queue, QueueEvents } from "bullmq";
import { noRedis, RedisServer } from "@leader/queue/testing";
import { decodePicture, readPicture, writePicture, type Pool } from "leader-restore";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { runCli } from "./run-cli.js";

const folder = fileURLToPath(new URL("../../../examples", import.meta.url));

it.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))("%s is a pipeline that can run", async (name) => {
  const result = await runCli(["check", "-p", name, "--size", "64x64"], { cwd: folder });
  expect(result.stderr).toBe("");
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/memory +about \d+ MiB/u);
});

let place = "";
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "leader-examples-"));
  const data = Float32Array.from({ length: 3 * 16 * 12 }, (_, i) => Math.sin(i / 9) / 2);
  await writePicture(join(place, "photo.png"), { shape: [1, 3, 12, 16], dtype: "float32", data });
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

it("the first picture takes under 15 lines, and they run as they are", async () => {
  const file = join(folder, "first-picture.mjs");
  expect(readFileSync(file, "utf8").trim().split("\n").length).toBeLessThan(15);
  const { stdout } = await promisify(execFile)(process.execPath, [file, "photo.png", "restored.png"], { cwd: place });
  expect(stdout).toMatch(/^restored\.png: 32x24, [1-9]\d* evaluations\n$/u);
  const { tensor } = await readPicture(join(place, "restored.png"));
  expect(tensor.shape).toEqual([1, 3, 24, 32]);
  expect(new Set(tensor.data).size).toBeGreaterThan(50);
}, 240_000);

/** An example in a process of its own, and what it says first. */
async function started(
  name: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, [join(folder, name)], {
    cwd: place,
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.resume();
  const [text] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return { child, said: text };
}

/** Ends an example as a service manager would. */
async function ended(child: ChildProcess): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
  return child.exitCode;
}

it.each(["fastify-app", "bullmq-worker", "next-route"])("%s takes under 60 lines", (name) => {
  expect(
    readFileSync(join(folder, `${name}.mjs`), "utf8")
      .trim()
      .split("\n").length,
  ).toBeLessThan(60);
});

it("the Fastify app answers with a picture, says what is no picture, and ends in peace", async () => {
  const { child, said } = await started("fastify-app.mjs", { PORT: "0" });
  const post = (body: string | Uint8Array<ArrayBuffer>): Promise<Response> =>
    fetch(`http://127.0.0.1:${/\d+/u.exec(said)![0]}/restored`, { method: "POST", body, headers: { "content-type": "image/png" } });
  const restored = await post(new Uint8Array(readFileSync(join(place, "photo.png"))));
  expect([restored.status, restored.headers.get("content-type")]).toEqual([200, "image/png"]);
  expect((await decodePicture(new Uint8Array(await restored.arrayBuffer()), "the answer")).tensor.shape).toEqual([1, 3, 12, 16]);
  const refused = await post("no picture");
  expect([refused.status, await refused.json()]).toEqual([422, expect.objectContaining({ code: "LEADER_PICTURE_UNREADABLE" })]);
  expect(await ended(child)).toBe(0);
}, 240_000);

it.skipIf(noRedis !== undefined)(
  "the BullMQ worker restores files, tries what cannot be read once, and ends in peace",
  async () => {
    await using redis = await RedisServer.start();
    const connection = { url: redis.address };
    const [queue, events] = [new Queue("pictures", { connection }), new QueueEvents("pictures", { connection })];
    const { child, said } = await started("bullmq-worker.mjs", { REDIS: redis.address });
    expect(said).toBe("ready\n");
    const good = await queue.add("restore", { input: "photo.png", output: "by-worker.png" }, { attempts: 3 });
    expect(await good.waitUntilFinished(events)).toEqual({ evaluations: 1, width: 16, height: 12 });
    expect((await readPicture(join(place, "by-worker.png"))).tensor.shape).toEqual([1, 3, 12, 16]);
    const bad = await queue.add("restore", { input: "missing.png", output: "never.png" }, { attempts: 3 });
    await expect(bad.waitUntilFinished(events)).rejects.toThrow(/^LEADER_/u);
    expect((await queue.getJob(bad.id!))?.attemptsMade).toBe(1);
    expect(await ended(child)).toBe(0);
    await Promise.all([queue.close(), events.close()]);
  },
  240_000,
);

it("the route of a Next.js application answers with a picture, says what is no picture, and what is too large", async () => {
  const { GET, POST } = (await import(join(folder, "next-route.mjs"))) as {
    readonly GET: () => Promise<Response>;
    readonly POST: (request: Request) => Promise<Response>;
  };
  const post = (body: Uint8Array<ArrayBuffer>, length = body.length): Promise<Response> =>
    POST(new Request("http://localhost/api/restore?seed=7", { method: "POST", body, headers: { "content-length": String(length) } }));
  const restored = await post(new Uint8Array(readFileSync(join(place, "photo.png"))));
  expect([restored.status, restored.headers.get("content-type")]).toEqual([200, "image/webp"]);
  expect((await decodePicture(new Uint8Array(await restored.arrayBuffer()), "the answer")).tensor.shape).toEqual([1, 3, 12, 16]);
  expect((await post(new Uint8Array(3))).status).toBe(422);
  expect((await post(new Uint8Array(3), 2 ** 30)).status).toBe(413);
  expect(await (await GET()).json()).toEqual({ running: 0, waiting: 0 });
  await (await (globalThis as { readonly restorationPool?: Promise<Pool> }).restorationPool)?.close();
}, 240_000);

it("the route of a Next.js application makes its pool again after that failed", async () => {
  const made = vi.fn(() => Promise.reject(Object.assign(new Error("no process could be started"), { code: "LEADER_CHILD_UNAVAILABLE" })));
  vi.doMock("leader-restore", () => ({ createPool: made }));
  vi.resetModules();
  Reflect.deleteProperty(globalThis, "restorationPool");
  const { GET } = (await import(join(folder, "next-route.mjs"))) as { readonly GET: () => Promise<Response> };
  await expect(GET()).rejects.toThrow("no process could be started");
  made.mockResolvedValueOnce({ running: 1, waiting: 2 } as never);
  expect(await (await GET()).json()).toEqual({ running: 1, waiting: 2 });
  expect(made).toHaveBeenCalledTimes(2);
  vi.doUnmock("leader-restore");
});

it("the server answers with a picture, and says what is no picture", async () => {
  const { child: server, said } = await started("server.mjs", { PORT: "0" });
  try {
    const port = /\d+/u.exec(said)![0];
    const post = (body: string | Uint8Array<ArrayBuffer>): Promise<Response> => fetch(`http://127.0.0.1:${port}`, { method: "POST", body });
    const restored = await post(new Uint8Array(readFileSync(join(place, "photo.png"))));
    expect(restored.status).toBe(200);
    const { tensor } = await decodePicture(new Uint8Array(await restored.arrayBuffer()), "the answer");
    expect(tensor.shape).toEqual([1, 3, 24, 32]);
    const refused = await post("no picture");
    expect([refused.status, (await refused.text()).split(":")[0]]).toEqual([422, "LEADER_PICTURE_UNREADABLE"]);
  } finally {
    server.kill();
  }
}, 240_000);
