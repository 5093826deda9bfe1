import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { encodePicture } from "leader-restore";
import { createService, type Service, type ServiceOptions } from "../src/index.js";

/** A plugin of stages that behave badly, as a package that the service brings along. */
const plugin = `
const anything = { "~standard": { version: 1, vendor: "fixture", validate: (value) => ({ value }) } };
const stage = (kind, create) => ({ kind, summary: kind, options: anything, create });
const backend = (run) => ({ name: "fake", description: "fake", unsupported: () => [], compile: async () => ({ run, [Symbol.asyncDispose]: async () => {} }),
  upload: async (value) => ({ ...value, read: async () => value, [Symbol.dispose]() {} }), [Symbol.asyncDispose]: async () => {} });
const hoard = [];
export default { apiVersion: "1.0", name: "fixture", version: "1.0.0", stages: {
  blocking: stage("backend", () => backend(async () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); })),
  dying: stage("backend", () => backend(async () => { process.kill(process.pid, "SIGABRT"); await new Promise(() => {}); })),
  hoarding: stage("backend", () => backend(async () => { for (;;) { hoard.push(new Uint8Array(2 ** 26).fill(1)); await new Promise((r) => setTimeout(r, 5)); } })),
} };
`;

export interface Fixture extends AsyncDisposable {
  readonly service: Service;
  readonly url: string;
  /** A folder of this test, with a file `secret.txt`, and where the service keeps uploads. */
  readonly folder: string;
}

/** A service on a free port with the fixture plugin. */
export async function serviceFixture(options: ServiceOptions = {}): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), "leader-server-test-"));
  const packed = join(folder, "node_modules/fixture");
  mkdirSync(packed, { recursive: true });
  writeFileSync(
    join(packed, "package.json"),
    '{ "name": "fixture", "version": "1.0.0", "type": "module", "leader": { "apiVersion": "1.0" } }',
  );
  writeFileSync(join(packed, "index.js"), plugin);
  writeFileSync(join(folder, "secret.txt"), "secret-of-the-test");
  const bundled = { fixture: { url: pathToFileURL(join(packed, "index.js")).href } };
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  const service = await createService({ port: 0, logLevel: "silent", maximum: 1, bundled, ...options });
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
  const url = await service.listen();
  return {
    service,
    url,
    folder,
    [Symbol.asyncDispose]: async () => {
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A PNG of so many pixels, the same for the same seed. */
export async function png(width: number, height = width, seed = 1): Promise<Buffer> {
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => Math.sin(seed + i / 7) / 2);
  return Buffer.from(await encodePicture("png", { shape: [1, 3, height, width], dtype: "float32", data }));
}

/** A pipeline that takes milliseconds: an analytic prior on the reference interpreter. */
export function quickPipeline(changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    apiVersion: "leader/v1",
    operator: { use: "@leader/operators#denoising" },
    denoiser: { use: "leader#gaussian", with: { decay: 0 } },
    baseline: { use: "@leader/baseline-ddnm#ddnm" },
    scheduler: { use: "leader#uniform", with: { steps: 4 } },
    backend: { use: "leader#reference" },
    ...changes,
  });
}

/** A form of texts and files. */
export function form(fields: Readonly<Record<string, string | Uint8Array>>): FormData {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") made.append(name, value);
    else made.append(name, new Blob([new Uint8Array(value)]), "file");
  }
  return made;
}

/** Computing processes of this process. */
export const computing = (): readonly number[] =>
  execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes("server/dist/worker/main.js"))
    .map((line) => Number.parseInt(line, 10));

/** What an event stream said, in order. */
export async function eventsOf(response: Response): Promise<readonly { readonly event: string; readonly data: Record<string, unknown> }[]> {
  return (await response.text()).split("\n\n").flatMap((block) => {
    const [, event, data] = /^event: (\w+)\ndata: (.*)$/u.exec(block) ?? [];
    return event === undefined ? [] : [{ event, data: JSON.parse(data!) as Record<string, unknown> }];
  });
}
