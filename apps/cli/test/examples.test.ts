import { spawn, execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { decodePicture, readPicture, writePicture } from "leader-restore";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "./run-cli.js";

const folder = fileURLToPath(new URL("../../../examples", import.meta.url));

it.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))("%s is a pipeline that can run", async (name) => {
  const result = await runCli(["check", "-p", name, "--size", "64x64"], { cwd: folder });
  expect(result.stderr).toBe("");
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/memory +about \d+ MiB at most/u);
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

it("the server answers with a picture, and says what is no picture", async () => {
  const server = spawn(process.execPath, [join(folder, "server.mjs")], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const port = await new Promise<string>((resolve) =>
      server.stdout.on("data", (text: Buffer) => resolve(/\d+/u.exec(text.toString())![0])),
    );
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
