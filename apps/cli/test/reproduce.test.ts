import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { photoPriorUrl } from "@leader/prior-photo";
import { recordFileOf, readRecord, writePicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, removeFolder } from "./host-fixture.js";
import { recordsOf, runCli, type CliResult } from "./run-cli.js";

// A project of its own: a baseline in two files, a network, a mask, a pipeline. Every result must be made again from what it carries,
// and of what has changed since, each must be named.
const helper = (share: number): string => `export const share = ${share};\n`;
const plugin = `import { share } from "./share.js";
const anything = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: { strength: 1, ...value } }) } };
const create = ({ strength }) => ({
  init: (ctx) => ({ x: ctx.noise("init", ctx.denoiser.image), state: {} }),
  step: (ctx, { y, to, prior }, state) => {
    const x0 = prior.x0.sub(ctx.operator.pinv(ctx.operator.apply(prior.x0).sub(y)).mul(strength * share));
    return { x: x0.mul(to.sqrtAlphaBar).add(prior.epsilon.mul(to.sqrtOneMinusAlphaBar)), state };
  },
});
export default { apiVersion: "1.0", name: "own", version: "0.3.0", stages: {
  pull: { kind: "baseline", summary: "pulls", options: anything, requires: ["operator.pinv"], create } } };
`;
const pipeline = `apiVersion: leader/v1
operator: { use: "@leader/operators#inpainting", with: { mask: holes.png } }
denoiser: { use: "leader#onnx-file", with: { path: ./net.onnx } }
baseline: { use: "./own.js#pull", with: { strength: 0.9 } }
scheduler: { use: "leader#uniform", with: { steps: 2 } }
`;

let folder = "";
const at = (path: string): string => join(folder, path);
const leader = (...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd: folder });

beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "own.js": plugin, "share.js": helper(1), "p.yaml": pipeline });
  await copyFile(fileURLToPath(photoPriorUrl), at("net.onnx"));
  const wave = Float32Array.from({ length: 3 * 16 * 16 }, (_, i) => Math.sin(i / 7) / 2);
  await writePicture(at("photo.png"), { shape: [1, 3, 16, 16], dtype: "float32", data: wave });
  const mask = Float32Array.from({ length: 256 }, (_, i) => (i % 16 < 5 ? -1 : 1));
  await writePicture(at("holes.png"), { shape: [1, 1, 16, 16], dtype: "float32", data: mask });
  await mkdir(at("out"));
  for (const name of ["a.png", "a.npy"])
    expect(await leader("restore", "photo.png", "-p", "p.yaml", "-o", `out/${name}`)).toMatchObject({ code: 0 });
}, 300_000);
afterAll(() => removeFolder(folder));

interface Told {
  readonly identical: boolean;
  readonly differences: readonly { readonly what: string; readonly name: string; readonly before: string; readonly after: string }[];
  readonly samples?: { readonly differing: number };
}
const reproduced = async (...args: readonly string[]): Promise<Told & { readonly code: number | null }> => {
  const result = await leader("reproduce", "out/a.png", "--json", ...args);
  const told = recordsOf(result).at(-1) as unknown as Told;
  return { ...told, code: result.code };
};
/** With a file changed, which is put back. */
async function changed<T>(path: string, content: string | Uint8Array, f: () => Promise<T>): Promise<T> {
  await rename(at(path), at(`${path}.kept`));
  await writeFile(at(path), content);
  try {
    return await f();
  } finally {
    await rename(at(`${path}.kept`), at(path));
  }
}

describe("a result carries what made it", () => {
  it("to the byte, and no name, folder or time", async () => {
    const { record, text } = await readRecord(at("out/a.png"));
    expect(Object.keys(record.made.files).sort()).toEqual(["./net.onnx", "holes.png"]);
    expect(record.made.plugins.map(({ name }) => name).sort()).toEqual(["./own.js", "@leader/backend-onnx", "@leader/operators", "leader"]);
    expect(record.made.stages["baseline"]).toEqual({ use: "./own.js#pull", with: { strength: 0.9 } });
    expect(record.made.backend).toMatch(/^onnxruntime/u);
    expect(text).not.toContain(folder);
    expect(text).not.toContain("photo.png");
    expect((await readRecord(at("out/a.npy"))).record.made).toEqual(record.made);
    expect(await readFile(recordFileOf(at("out/a.npy")), "utf8")).toContain("leader-record/1");
  });

  it("not where it was asked not to", async () => {
    expect((await leader("restore", "photo.png", "-p", "p.yaml", "-o", "out/none.png", "--record", "none")).code).toBe(0);
    const refused = await leader("reproduce", "out/none.png");
    expect(refused).toMatchObject({ code: 42, stderr: expect.stringContaining("LEADER_RECORD_MISSING") as string });
    expect((await leader("restore", "photo.png", "-p", "p.yaml", "-o", "out/none2.png", "--record", "aside")).code).toBe(2);
    await rm(at("out/none.png"));
  });
}, 300_000);

describe("reproduce", () => {
  it("makes it again, bit by bit, also after it was moved away from its input", async () => {
    expect(await reproduced()).toMatchObject({ code: 0, identical: true, differences: [] });
    await mkdir(at("elsewhere/deep"), { recursive: true });
    await rename(at("photo.png"), at("elsewhere/deep/renamed.png"));
    expect(await reproduced()).toMatchObject({ code: 0, identical: true });
    await rename(at("elsewhere/deep/renamed.png"), at("photo.png"));
    expect(await leader("reproduce", "out/a.npy")).toMatchObject({ code: 0, stdout: expect.stringContaining("bit-identical") as string });
  });

  it("makes the mean of several restorations again, which is another result than one of them", async () => {
    const mean = ["--set", "meanOf=2", "-o", "out/mean.png"];
    expect(await leader("restore", "photo.png", "-p", "p.yaml", ...mean)).toMatchObject({ code: 0 });
    expect(await leader("reproduce", "out/mean.png")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("bit-identical (4 e") as string,
    });
    expect(await readFile(at("out/mean.png"))).not.toEqual(await readFile(at("out/a.png")));
    const { differences } = recordsOf(await leader("reproduce", "out/mean.png", "-p", "p.yaml", "--json")).at(-1) as unknown as Told;
    expect(differences).toEqual([{ what: "option", name: "meanOf", before: "2", after: "1" }]);
  });

  it("names a plugin that changed, though only a module that it imports did", async () => {
    const told = await changed("share.js", helper(0.5), () => reproduced());
    expect(told).toMatchObject({ code: 1, identical: false, differences: [{ what: "plugin", name: "./own.js" }] });
    expect(told.samples!.differing).toBeGreaterThan(10);
    const [{ before, after }] = told.differences as [Told["differences"][0]];
    expect(before).not.toBe(after);
  });

  it("names a network that changed", async () => {
    const network = await readFile(at("net.onnx"));
    const other = Buffer.from(network);
    // One weight, in the middle of the file.
    other.writeUInt8(other.readUInt8(Math.floor(other.length * 0.6)) ^ 0x40, Math.floor(other.length * 0.6));
    const told = await changed("net.onnx", other, () => reproduced());
    expect(told).toMatchObject({ differences: [{ what: "file", name: "./net.onnx" }] });
    expect(told.code).toBe(told.identical ? 0 : 1);
  });

  it("names an option, a stage and the seed of the pipeline that is given in place of the recorded one", async () => {
    const told = await changed(
      "p.yaml",
      pipeline.replace("0.9", "0.4").replace("steps: 2", "steps: 3").replace("leader/v1", "leader/v1\nnoise: 0.1"),
      () => reproduced("-p", "p.yaml"),
    );
    expect(told.code).toBe(1);
    expect(told.differences).toEqual([
      { what: "option", name: "noise", before: "0", after: "0.1" },
      { what: "option", name: "baseline.with.strength", before: "0.9", after: "0.4" },
      { what: "option", name: "scheduler.with.steps", before: "2", after: "3" },
    ]);
    const backend = await reproduced("--set", "backend={ use: leader#reference }");
    expect(backend.differences.map(({ what, name }) => `${what} ${name}`)).toEqual(
      expect.arrayContaining(["stage backend", "backend backend", "plugin @leader/backend-onnx"]),
    );
  });

  it("says that the input is not there, and names it where another is given", async () => {
    const wave = Float32Array.from({ length: 3 * 16 * 16 }, (_, i) => Math.cos(i / 7) / 2);
    await writePicture(at("other.png"), { shape: [1, 3, 16, 16], dtype: "float32", data: wave });
    expect(await reproduced("--input", "other.png")).toMatchObject({ code: 1, identical: false, differences: [{ what: "input" }] });
    await rename(at("photo.png"), at(".hidden.png"));
    const missing = await leader("reproduce", "out/a.png");
    await rename(at(".hidden.png"), at("photo.png"));
    expect(missing).toMatchObject({ code: 42, stderr: expect.stringMatching(/LEADER_CLI_REPRODUCE_NO_INPUT[\s\S]*--input/u) as string });
  });
}, 300_000);

describe("leader.lock", () => {
  const marked = `${plugin}\nimport { writeFileSync } from "node:fs";\nwriteFileSync(new URL("./ran", import.meta.url), "");\n`;

  it("pins a pipeline: --locked refuses what differs, and code before it runs", async () => {
    const missing = await leader("check", "-p", "p.yaml", "--locked");
    expect(missing).toMatchObject({ code: 42, stderr: expect.stringContaining("leader lock") as string });
    expect((await leader("lock", "p.yaml")).code).toBe(0);
    expect((await leader("check", "-p", "p.yaml", "--locked", "--size", "16x16")).code).toBe(0);
    const plugins = await changed("own.js", marked, () => leader("restore", "photo.png", "-p", "p.yaml", "--locked", "-o", "out/l.png"));
    expect(plugins.code).toBe(42);
    expect(plugins.stderr).toMatch(
      /p\.yaml:4:18 LEADER_LOCK_DIFFERS: .*plugin \.\/own\.js: 0\.3\.0 \(sha256:\w+\) -> 0\.3\.0 \(sha256:\w+\)/u,
    );
    await expect(readFile(at("ran"))).rejects.toThrow("ENOENT");
  });

  it("names option and file with their places, and --check says the same without writing", async () => {
    const edited = pipeline.replace("0.9", "0.4");
    const option = await changed("p.yaml", edited, () => leader("check", "-p", "p.yaml", "--locked"));
    expect(option.stderr).toMatch(/p\.yaml:4:53 LEADER_LOCK_DIFFERS: .*option baseline\.with\.strength: 0\.9 -> 0\.4/u);
    const network = await changed("holes.png", await readFile(at("photo.png")), () => leader("check", "-p", "p.yaml", "--locked"));
    expect(network.stderr).toMatch(/LEADER_LOCK_DIFFERS: .*file holes\.png/u);
    const before = await readFile(at("leader.lock"));
    const check = await changed("p.yaml", edited, () => leader("lock", "p.yaml", "--check"));
    expect(check).toMatchObject({ code: 42, stdout: expect.stringContaining("option baseline.with.strength: 0.9 -> 0.4") as string });
    expect((await readFile(at("leader.lock"))).equals(before)).toBe(true);
    expect((await leader("lock", "p.yaml", "--check")).code).toBe(0);
  });
}, 300_000);
