import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isLeaderError } from "@leader/graph";
import { SupervisedWorker, writePicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PipelineFacts } from "../src/worker/tasks.js";
import { runCli } from "./run-cli.js";

/** Plugins that misbehave, in the working process of the command line: this process must live, and every case must end coded. */

const entry = fileURLToPath(new URL("../dist/worker/main.js", import.meta.url));
let folder = "";

const schema = `const anything = { "~standard": { version: 1, vendor: "hostile", validate: (value) => ({ value }) } };`;
const operator = (body: string, top = ""): string => `${schema}
${top}
const stage = { kind: "operator", summary: "hostile", options: anything, create: () => ({ imageFor: (y) => y, at: (image) => ({ name: "h", domain: image, range: image, apply: (x) => x.mul(1), adjoint: (y) => y.mul(1), pinv: (y) => y.mul(1), ${body} }) }) };
export default { apiVersion: "1.0", name: "hostile", version: "1.0.0", stages: { x: stage } };
`;

/** What the message of a failure says beside the name of the plugin. */
interface Told {
  readonly code: RegExp;
  /** Where in the plugin, or in the pipeline, as far as anybody can know: a process that is blocked or ended tells no line. */
  readonly place?: RegExp;
  /** What to do, in the hint. */
  readonly remedy: RegExp;
}

const author = /report it to its author/u;
/** The `use:` in the second line of the pipeline. */
const pipeline = /\d+\.yaml:2:18/u;

/** Name, source, and what a restoration with it ends in; undefined: it succeeds. */
const plugins: readonly (readonly [name: string, source: string, told: Told | undefined])[] = [
  ["throws on import", "throw new Error('no');", { code: /LEADER_PLUGIN_IMPORT_FAILED/u, place: /\.js:1:7\b/u, remedy: author }],
  [
    "never resolves",
    "await new Promise((resolve) => setTimeout(resolve, 1e9));",
    { code: /LEADER_(?:PLUGIN_IMPORT_TIMEOUT|TIME_STALLED)/u, remedy: author },
  ],
  ["blocks the loop", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);", { code: /LEADER_TIME_STALLED/u, remedy: author }],
  ["leaves on import", "process.exit(0);", { code: /LEADER_PROCESS_LEFT/u, place: /\.js:1:9\b/u, remedy: author }],
  [
    "leaves when it is used",
    operator("apply: () => process.exit(0)"),
    { code: /LEADER_PROCESS_LEFT/u, place: /\.js:3:\d+/u, remedy: author },
  ],
  [
    "ends its process by a signal",
    "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});",
    { code: /LEADER_CHILD_CRASHED/u, remedy: author },
  ],
  [
    "changes every object",
    operator("", "Object.prototype.polluted = true; Array.prototype.map = () => { throw new Error('hijacked'); };"),
    { code: /./u, place: /\.js:2:71\b/u, remedy: author },
  ],
  [
    "gives a wrong shape",
    operator("apply: (x) => x.reshape([x.size])"),
    { code: /LEADER_(?:STAGE_MALFORMED|CONFIG)/u, place: pipeline, remedy: author },
  ],
  ["gives no tensor", operator("apply: () => 7"), { code: /LEADER_STAGE_MALFORMED/u, place: pipeline, remedy: author }],
  [
    "gives NaN",
    operator("adjoint: (y) => y.mul(0).sub(1).log(), pinv: (y) => y.mul(0).sub(1).log()"),
    {
      code: /LEADER_STAGE_NOT_FINITE/u,
      remedy: /--debug-reference.*look first at \.\/\d+\.js \(\S+\.js\), which does not come with this program/u,
    },
  ],
  [
    "takes memory",
    operator("", "const kept = []; for (;;) kept.push(new Uint8Array(2 ** 24).fill(1));"),
    { code: /LEADER_MEMORY_LIMIT/u, remedy: author },
  ],
  [
    "keeps a timer and a socket",
    operator("", `import { createServer } from "node:net"; setInterval(() => {}, 1000); createServer().listen(0);`),
    undefined,
  ],
  ["is named like a bundled one", "", undefined],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-hostile-"));
  await writePicture(join(folder, "y.png"), {
    shape: [1, 3, 8, 8],
    dtype: "float32",
    data: new Float32Array(192).map((_, i) => Math.sin(i)),
  });
  // A package beside the pipeline that has the name of a bundled one.
  const impostor = join(folder, "node_modules/@leader/operators");
  await put(
    join(impostor, "package.json"),
    `{"name":"@leader/operators","version":"9.9.9","type":"module","main":"index.js","leader":{"apiVersion":"1.0"}}`,
  );
  await put(join(impostor, "index.js"), "throw new Error('the impostor ran');");
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

const pipelineText = (use: string): string => `apiVersion: leader/v1
operator: { use: "${use}" }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
denoiser: { use: "leader#gaussian" }
scheduler: { use: "leader#uniform", with: { steps: 2 } }
`;

const request = (file: string, localPlugins = true) => ({ method: "open", argument: { file, set: [], localPlugins, load: true } });

describe("a plugin that", () => {
  it.each(plugins.map((plugin, i) => [plugin[0], i] as const))("%s: ends coded, in time, and this process lives", async (name, i) => {
    const [, source, told] = plugins[i]!;
    const file = join(folder, `${i}.yaml`);
    const bundled = source === "";
    if (!bundled) await put(join(folder, `${i}.js`), source);
    await put(file, pipelineText(bundled ? "@leader/operators#denoising" : `./${i}.js#x`));
    await using worker = new SupervisedWorker({ entry, limits: { memoryMiB: 900, stallSeconds: 8 }, setup: request(file) });
    const output = join(folder, `${i}.npy`);
    const job = { input: join(folder, "y.png"), output, overwrite: true, image: 0 };
    const error: unknown = await worker.call({ method: "restore", argument: job }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (told === undefined) expect(error, name).toBeUndefined();
    else {
      if (!isLeaderError(error)) throw error;
      expect(error.code).toMatch(told.code);
      // Who did it is in the message, and where, and what to do.
      expect(error.message).toContain(`${i}.js`);
      if (told.place !== undefined) expect(error.message).toMatch(told.place);
      expect(error.hint).toMatch(told.remedy);
      expect(await readdir(folder)).not.toContain(`${i}.npy`);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("trust", () => {
  it("bundled packages win over others of their name, and that is said", async () => {
    const file = join(folder, "trust.yaml");
    await put(file, pipelineText("@leader/operators#denoising"));
    const result = await runCli(["check", "-p", "trust.yaml", "--size", "8x8"], { cwd: folder });
    expect(result).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/LEADER_PLUGIN_SHADOWED[\s\S]*@leader\/operators@\S+ \(bundled\)/u) as string,
    });
  });

  it("`check` says whose code runs, also without running it", async () => {
    await put(join(folder, "own.js"), operator("", "if (globalThis.process) process.stdout.write('it ran');"));
    await put(join(folder, "own.yaml"), pipelineText("./own.js#x"));
    const result = await runCli(["check", "-p", "own.yaml", "--no-load"], { cwd: folder });
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/LOCAL CODE, not part of this program: \S*own\.js/u) as string });
    expect(result.stdout).not.toContain("it ran");
  });

  it("--no-local-plugins refuses files and packages beside the pipeline, before they run", async () => {
    await using worker = new SupervisedWorker({ entry, setup: request(join(folder, "own.yaml"), false) });
    const error: unknown = await worker.call({ method: "facts", argument: undefined }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "LEADER_PLUGIN_LOCAL_REFUSED", message: expect.stringContaining("own.yaml:2") as string });
    await using bundledOnly = new SupervisedWorker({ entry, setup: request(join(folder, "trust.yaml"), false) });
    const facts = (await bundledOnly.call({ method: "facts", argument: undefined })) as PipelineFacts;
    expect(facts.plugins.every(({ origin }) => origin === "bundled")).toBe(true);
  });
});
