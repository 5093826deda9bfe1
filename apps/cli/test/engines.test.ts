import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Job } from "kubernetes-models/batch/v1/Job";
import { writePicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { dividedArguments, partId, partOf } from "../src/engines/array.js";
import { kubernetesJob } from "../src/engines/kubernetes.js";
import { slurmScript } from "../src/engines/slurm.js";
import { runCli } from "./run-cli.js";

/** Work in parts, computed where an engine puts it. Redis and Slurm themselves are tried by `npm run torture -- queue slurm`. */

const bench = `apiVersion: leader-bench/v1
title: In parts
images: { path: images, size: 8 }
common:
  denoiser: { use: "leader#gaussian" }
  backend: { use: "leader#reference" }
tasks:
  sr2: { operator: { use: "@leader/operators#super-resolution", with: { factor: 2, method: average-pool } } }
methods:
  ddnm: { baseline: { use: "@leader/baseline-ddnm#ddnm" }, scheduler: { use: "leader#uniform", with: { steps: 2 } } }
metrics: [{ use: psnr }]
`;
const pipeline = `apiVersion: leader/v1
operator: { use: "@leader/operators#super-resolution", with: { factor: 2, method: average-pool } }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
denoiser: { use: "leader#gaussian" }
scheduler: { use: "leader#uniform", with: { steps: 2 } }
backend: { use: "leader#reference" }
`;
const array = { args: ["bench", "-p", "b.yaml", "-o", "it's here"], directory: "/data/a b", tasks: 3 };

let folder = "";
let table = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-engines-"));
  await mkdir(join(folder, "images"));
  await writeFile(join(folder, "b.yaml"), bench);
  await writeFile(join(folder, "p.yaml"), pipeline);
  for (let i = 0; i < 3; i++) {
    const data = Float32Array.from({ length: 192 }, (_, j) => Math.sin(i + j));
    await writePicture(join(folder, "images", `p${i}.png`), { shape: [1, 3, 8, 8], dtype: "float32", data });
  }
  expect((await runCli(["bench", "-p", "b.yaml", "-o", "alone"], { cwd: folder })).code).toBe(0);
  table = await readFile(join(folder, "alone", "table.json"), "utf8");
}, 60_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const timeOf = async (path: string): Promise<number> => (await stat(join(folder, path))).mtimeMs;
const tableOf = (output: string): Promise<string> => readFile(join(folder, output, "table.json"), "utf8");

describe("processes side by side", () => {
  it("make the tables of a single process", async () => {
    const { code, stderr } = await runCli(["bench", "-p", "b.yaml", "-o", "local", "--engine=local", "--tasks", "2", "--workers", "2"], {
      cwd: folder,
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/3 to do, in 2 part\(s\) by local/u);
    expect(await tableOf("local")).toBe(table);
  });

  it("restore a folder to the bytes of a single process, and find it done the next time", async () => {
    const command = ["restore", "images", "-p", "p.yaml"];
    expect((await runCli([...command, "-o", "one"], { cwd: folder })).code).toBe(0);
    const divided = [...command, "-o", "two", "--engine", "local", "--tasks", "2"];
    expect((await runCli(divided, { cwd: folder })).code).toBe(0);
    for (const name of (await readdir(join(folder, "one"))).filter((each) => !each.startsWith(".")))
      expect((await readFile(join(folder, "two", name))).equals(await readFile(join(folder, "one", name)))).toBe(true);
    const written = await timeOf("two/p0.restored.png");
    expect((await runCli(divided, { cwd: folder })).code).toBe(0);
    expect(await timeOf("two/p0.restored.png")).toBe(written);
  });

  it("tell which part failed for good, and why", async () => {
    await mkdir(join(folder, "empty"), { recursive: true });
    const { code, stderr } = await runCli(
      ["restore", "images", "-p", "p.yaml", "-o", "bad", "--set", "baseline.with.nonsense=1", "--engine", "local", "--tasks", "1"],
      { cwd: folder },
    );
    expect(code).toBe(75);
    expect(stderr).toMatch(/part 1 failed: .*LEADER_CONFIG_/su);
  });
});

describe("Kubernetes", () => {
  const options = { image: "registry.example/leader:0.1.0", claim: "pictures" };

  it("gets an Indexed Job that its published schema takes", () => {
    const manifest = parse(kubernetesJob(array, options, 2)) as ConstructorParameters<typeof Job>[0];
    expect(() => new Job(manifest).validate()).not.toThrow();
    expect(manifest?.spec).toMatchObject({ completionMode: "Indexed", completions: 3, parallelism: 2 });
    const rule = manifest?.spec?.podFailurePolicy?.rules[0];
    expect(rule).toMatchObject({ action: "FailIndex", onExitCodes: { values: expect.arrayContaining([42]) as number[] } });
  });

  it("computes everything by its indexes, run here one after another", async () => {
    const bin = join(folder, "bin");
    await mkdir(bin);
    await writeFile(
      join(bin, "leader"),
      `#!/bin/sh\nexec ${process.execPath} ${fileURLToPath(new URL("../bin/leader.js", import.meta.url))} "$@"\n`,
    );
    await chmod(join(bin, "leader"), 0o755);
    const command = ["bench", "-p", "b.yaml", "-o", "by index"];
    const written = await runCli(
      [...command, "--engine", "kubernetes", "--tasks", "2", "--engine-option", "image=leader", "--engine-option", "claim=data"],
      { cwd: folder },
    );
    expect([written.code, written.stdout]).toEqual([0, "by index/job.yaml\n"]);
    const manifest = parse(await readFile(join(folder, "by index", "job.yaml"), "utf8")) as ConstructorParameters<typeof Job>[0];
    const [program, ...args] = manifest?.spec?.template.spec?.containers[0]?.command ?? [];
    for (let index = 0; index < manifest!.spec!.completions!; index++) {
      const env = { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}`, JOB_COMPLETION_INDEX: String(index) };
      expect(spawnSync(program!, args, { cwd: folder, env }).status).toBe(0);
    }
    expect(await tableOf("by index")).toBe(table);
  });

  it("is refused what is missing or unknown", async () => {
    const command = ["bench", "-p", "b.yaml", "-o", "never", "--engine", "kubernetes"];
    const { code, stderr } = await runCli([...command, "--engine-option", "claim=data"], { cwd: folder });
    expect([code, stderr]).toEqual([42, expect.stringMatching(/LEADER_CLI_ENGINE_OPTION.*`image` is missing/su) as string]);
  });
});

describe("Slurm", () => {
  const script = slurmScript(array, { folder: "/data/a b/out/slurm", options: { partition: "gpu" }, workers: 2 });

  it("gets an array that is throttled, warned of its end and put back", () => {
    expect(script).toContain("#SBATCH --array=1-3%2\n");
    expect(script).toContain("#SBATCH --signal=B:USR1@120\n");
    expect(script).toContain("#SBATCH --partition=gpu\n");
    expect(script).toContain("#SBATCH --requeue\n");
    expect(script).toContain('scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"');
    expect(spawnSync("bash", ["-n"], { input: script }).status).toBe(0);
  });

  it("is told where the script lies if it is not here", async () => {
    const command = ["bench", "-p", "b.yaml", "-o", "slurm", "--engine", "slurm", "--tasks", "2"];
    const env = { ...process.env, PATH: join(folder, "images") };
    const result = spawnSync(process.execPath, [fileURLToPath(new URL("../bin/leader.js", import.meta.url)), ...command], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    expect([result.status, result.stderr]).toEqual([42, expect.stringMatching(/LEADER_CLI_ENGINE_MISSING.*array\.sh/su) as string]);
    expect(await readFile(join(folder, "slurm", "slurm", "array.sh"), "utf8")).toContain("#SBATCH --array=1-2%32");
  });
});

describe("what parts are made of", () => {
  it("keeps the command and drops where it is computed", () => {
    const argv = ["bench", "-p", "b.yaml", "--engine", "redis", "--queue=redis://h", "--tasks", "3", "-o", "out", "--workers=2"];
    expect(dividedArguments(argv)).toEqual(["bench", "-p", "b.yaml", "-o", "out"]);
  });

  it("has one name for the same part, and another for any other", () => {
    expect(partId(array, 1)).toBe(partId({ ...array }, 1));
    const others = [partId(array, 2), partId({ ...array, directory: "/" }, 1), partId({ ...array, tasks: 4 }, 1)];
    expect(new Set([partId(array, 1), ...others]).size).toBe(4);
  });

  it.each([undefined, {}, { args: "bench", directory: "/" }, { args: ["plugins"], directory: "/" }, { args: [], directory: "/" }])(
    "refuses %j, which is no part of a bench or of a folder",
    (payload) => {
      expect(() => partOf(payload)).toThrow(expect.objectContaining({ code: "LEADER_CLI_TASK_REFUSED" }));
    },
  );

  it.each([
    [["--engine", "cloud"], /--engine takes local, redis, slurm, kubernetes/u],
    [["--engine", "local", "--shard", "1/2"], /exclude each other/u],
    [["--engine", "redis"], /no queue is named/u],
    [["--engine", "redis", "--queue", "http://localhost"], /LEADER_QUEUE_ADDRESS/u],
  ] as const)("%j is refused", async (options, message) => {
    const { code, stderr } = await runCli(["bench", "-p", "b.yaml", "-o", "never", "--no-check", ...options], { cwd: folder });
    expect([2, 42]).toContain(code);
    expect(stderr).toMatch(message);
  });
});
