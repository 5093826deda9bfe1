import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, type CliResult } from "./run-cli.js";

/** Every place that a command writes to is seen to before anything is computed or read at length. */

const pipeline = `apiVersion: leader/v1
operator: { use: "@leader/operators#denoising" }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
denoiser: { use: "leader#gaussian" }
scheduler: { use: "leader#uniform", with: { steps: 2 } }
`;
const bench = `apiVersion: leader-bench/v1
title: Places
images: { path: pictures, size: 16 }
common: { denoiser: { use: "leader#gaussian" } }
tasks: { denoising: { operator: { use: "@leader/operators#denoising" } } }
methods: { ddnm: { baseline: { use: "@leader/baseline-ddnm#ddnm" }, scheduler: { use: "leader#uniform", with: { steps: 2 } } } }
metrics: [{ use: psnr }]
`;

let folder = "";
const at = (...names: readonly string[]): string => join(folder, ...names);
const run = (args: readonly string[]): Promise<CliResult> => runCli(args, { cwd: folder });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-places-"));
  await writeFile(at("p.yaml"), pipeline);
  await writeFile(at("b.yaml"), bench);
  // Neither weights nor a checkpoint: whoever reads it first has another error.
  for (const name of ["plain", "weights"]) await writeFile(at(name), "");
  for (const name of ["there", "pictures", "a.png.leader.json", "made.mean.png"]) await mkdir(at(name));
  expect(await run(["sample", "in.png", "--size", "16"])).toMatchObject({ code: 0 });
  expect(await run(["sample", "pictures/in.png", "--size", "16"])).toMatchObject({ code: 0 });
  expect(await run([...restoring, "-o", "done.png", "--report", "runs"])).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const restoring = ["restore", "-p", "p.yaml", "in.png"];
const tasks = ["upscale", "denoise", "inpaint", "deblur", "colorize"];
const task = (name: string): readonly string[] => [name, "in.png", ...(name === "deblur" ? ["--gaussian", "1"] : []), "-o", "out.png"];

/** What names a place to write to, by command and option, with the rest of a command line. Files are never a folder that is there. */
const places: readonly { readonly option: string; readonly args: readonly string[]; readonly extension: string | undefined }[] = [
  { option: "restore --output", args: restoring, extension: "png" },
  { option: "restore --report", args: [...restoring, "-o", "out.png"], extension: undefined },
  { option: "restore --report", args: [...restoring, "-o", "out.png"], extension: "html" },
  { option: "restore --summary", args: [...restoring, "-o", "out.png"], extension: "csv" },
  ...tasks.flatMap((name) => [
    { option: `${name} --output`, args: [...task(name).slice(0, -2)], extension: "png" },
    { option: `${name} --report`, args: task(name), extension: undefined },
    { option: `${name} --summary`, args: task(name), extension: "json" },
  ]),
  { option: "degrade --output", args: ["degrade", "-p", "p.yaml", "in.png"], extension: "npy" },
  { option: "init --output", args: ["init", "--task", "denoise"], extension: "yaml" },
  { option: "lock --output", args: ["lock", "p.yaml"], extension: "lock" },
  { option: "reproduce --keep", args: ["reproduce", "done.png"], extension: undefined },
  { option: "sample <file>", args: ["sample"], extension: "png" },
  { option: "report --output", args: ["report", "runs/in"], extension: "html" },
  { option: "bench --output", args: ["bench", "-p", "b.yaml"], extension: undefined },
  { option: "import --output", args: ["import", "weights"], extension: "onnx" },
  { option: "import-lpips --output", args: ["import-lpips", "weights"], extension: "onnx" },
  { option: "schema --output", args: ["schema"], extension: "json" },
];
const named = (option: string, place: string): readonly string[] =>
  option.endsWith("<file>") ? [place] : [option.split(" ").at(-1)!, place];

describe("a place that cannot be written to is refused before anything is made", () => {
  const under = places.map(
    ({ extension, ...one }) => [one.option, extension === undefined ? "plain" : `plain/s.${extension}`, one.args] as const,
  );
  // Where results of several inputs go, a folder is as good as a file.
  const files = places.filter(
    ({ option, extension }) =>
      extension !== undefined && !/^(?:restore|degrade|upscale|denoise|inpaint|deblur|colorize) --output/u.test(option),
  );
  const folders = files.flatMap(({ option, args, extension }) =>
    /^(?:init|sample) /u.test(option) ? [] : [[option, `there.${extension!}`, args] as const],
  );
  it.each([...under, ...folders])("%s %s", async (option, place, args) => {
    if (place.startsWith("there")) await mkdir(at(place), { recursive: true });
    const before = await readdir(folder, { recursive: true });
    // What is there may be replaced, as far as it is a file.
    const overwrites = place.startsWith("there") && [...tasks, "restore", "import"].includes(args[0]!);
    const end = await run([...args, ...named(option, place), ...(overwrites ? ["--overwrite"] : [])]);
    expect(end.stderr).toContain("LEADER_CLI_OUTPUT_UNUSABLE");
    expect(end.code).toBe(42);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  it.each([
    ["a record beside the result", [...restoring, "-o", "a.png", "--record", "beside"]],
    ["the mean of samples", [...restoring, "-o", "made.png", "--set", "samples=2", "--overwrite"]],
    ["an engine's parts", ["restore", "-p", "p.yaml", "pictures", "-o", "plain", "--engine", "local"]],
  ])("%s", async (_what, args) => {
    const before = await readdir(folder, { recursive: true });
    const end = await run(args);
    expect(end.stderr).toContain("LEADER_CLI_OUTPUT_UNUSABLE");
    expect(end.code).toBe(42);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });
});

describe("nothing that a command reads is replaced", () => {
  it.each([
    ["lock", ["lock", "p.yaml", "-o", "p.yaml"]],
    ["restore", [...restoring, "-o", "p.yaml"]],
    ["restore to a folder", [...restoring, "-o", "p.yaml/"]],
    ["its summary", [...restoring, "-o", "out.png", "--summary", "p.yaml"]],
    ["the summary in place of a result", [...restoring, "-o", "out.png", "--summary", "out.png"]],
    ["import", ["import", "weights", "-o", "weights", "--overwrite"]],
    ["import-lpips", ["import-lpips", "weights", "-o", "weights"]],
  ])("by %s", async (_what, args) => {
    const end = await run(args);
    expect(end.stderr).toContain("LEADER_CLI_OUTPUT_IS_INPUT");
    expect(end.code).toBe(42);
    expect(await readFile(at("p.yaml"), "utf8")).toBe(pipeline);
    expect(await readFile(at("weights"), "utf8")).toBe("");
  });
});

/** Options with a place that is read, or seen to elsewhere. */
const others = new Set([
  ...["restore", "degrade", "check", "graph", "reproduce"].map((command) => `${command} --pipeline`),
  ...["restore", ...tasks].map((command) => `${command} --record`),
  "restore --reference",
  "inpaint --mask",
  "deblur --kernel",
  "reproduce --input",
  "reproduce --directory",
  "bench --bench",
  "bench --images",
  "serve --keys",
  "serve --file",
  "worker --file",
  // A file is written there and removed before work begins: apps/server/test.
  "serve --storage",
  "worker --storage",
]);

it("every option with a place is one of these", async () => {
  const { stdout } = await run(["--help"]);
  const commands = [...stdout.matchAll(/^ {2}([a-z-]+)/gmu)].flatMap(([, name]) => (name === undefined || name === "help" ? [] : [name]));
  expect(commands.length).toBeGreaterThan(20);
  const known = new Set([...others, ...places.map(({ option }) => option)]);
  const unknown: string[] = [];
  for (const command of commands) {
    const text = (await run([command, "--help"])).stdout;
    for (const [, option] of text.matchAll(/(--[a-z-]+) [<[](?:[a-z]+=)?(?:file|folder|path|place|picture)[\]>]/gu))
      if (!known.has(`${command} ${option!}`)) unknown.push(`${command} ${option!}`);
  }
  expect(unknown.filter((one) => !/--(?:set|param)$/u.test(one))).toEqual([]);
}, 60_000);
