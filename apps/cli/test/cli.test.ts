import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normals, trace, type HostTensor } from "@leader/graph";
import { writeOnnx } from "@leader/graph/onnx";
import { readPicture, writePicture } from "leader-restore";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { recordsOf, runCli, type CliResult } from "./run-cli.js";

/** The built command line as a user meets it: real processes, real files, the embedded network at tiny sizes. */

let root = "";
let folder = "";
let number = 0;
const pipeline = `apiVersion: leader/v1
operator: { use: "@leader/operators#super-resolution", with: { method: bicubic, factor: 2 } }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
modulator: { use: "leader#ucpm" }
scheduler: { use: "leader#satp", with: { steps: 4 } }
`;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "leader-cli-"));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = join(root, String(number++));
  await mkdir(folder);
  await writeFile(join(folder, "p.yaml"), pipeline);
});

const picture = (height: number, width: number, image = 0): HostTensor => ({
  shape: [1, 3, height, width],
  dtype: "float32",
  data: normals({ seed: 0, image, step: 0, name: "cli" }, 3 * height * width).map((z) => Math.tanh(z / 2)),
});
const put = async (name: string, image = 0): Promise<void> => writePicture(join(folder, name), picture(16, 24, image));
const leader = async (...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd: folder });

describe("sample", () => {
  it("draws a picture of the asked size, the same each time, and replaces none", async () => {
    const drawn = await leader("sample", "picture.png", "--size", "24");
    expect(drawn).toMatchObject({ code: 0, stderr: "" });
    const { tensor } = await readPicture(join(folder, "picture.png"));
    expect(tensor.shape).toEqual([1, 3, 24, 24]);
    expect(new Set(tensor.data).size).toBeGreaterThan(100);
    const again = await leader("sample", "picture.png", "--size", "24");
    expect(again.code).toBe(42);
    expect(again.stderr).toContain("LEADER_CLI_OUTPUT_EXISTS");
    const wrong = await leader("sample", "other.png", "--size", "1e9");
    expect(wrong.code).toBe(2);
    expect(await readdir(folder)).not.toContain("other.png");
  });
});
const files = async (): Promise<readonly string[]> => (await readdir(folder, { recursive: true })).sort();

describe("restore", () => {
  it("writes a picture of the right size and tells what it did", async () => {
    await put("y.png");
    const result = await leader("restore", "y.png", "-p", "p.yaml", "--json");
    expect(result.stderr).toBe("");
    expect(result.code).toBe(0);
    const records = recordsOf(result);
    expect(records.find(({ type }) => type === "run-start")).toMatchObject({ type: "run-start", seed: 0, maxSteps: 4 });
    expect(records.at(-1)).toMatchObject({ type: "result", output: "y.restored.png", outcome: "completed" });
    expect((await readPicture(join(folder, "y.restored.png"))).tensor.shape).toEqual([1, 3, 32, 48]);
  });

  it("gives the same bytes for the same seed, in the child and in process, and others for another seed", async () => {
    await put("y.png");
    const outputs = ["a.npy", "b.npy", "c.npy"];
    const runs = [[], ["--in-process"], ["--seed", "7"]];
    for (const [i, extra] of runs.entries())
      expect((await leader("restore", "y.png", "-p", "p.yaml", "-o", outputs[i]!, ...extra)).code).toBe(0);
    const [a, b, c] = await Promise.all(outputs.map((name) => readFile(join(folder, name))));
    expect(a!.equals(b!)).toBe(true);
    expect(a!.equals(c!)).toBe(false);
  });

  it("goes on after a bad file of a batch, and says so in the exit code", async () => {
    await mkdir(join(folder, "in"));
    await put("in/a.png");
    await writeFile(join(folder, "in", "b.png"), "no picture");
    await put("in/c.png", 1);
    await mkdir(join(folder, "out"));
    const result = await leader("restore", "in", "-p", "p.yaml", "-o", "out");
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/in\/b\.png cannot be read as a picture/u);
    expect(result.stdout).toMatch(/2 restored, 1 failed/u);
    expect((await readdir(join(folder, "out"))).filter((name) => !name.startsWith("."))).toEqual(["a.restored.png", "c.restored.png"]);
  });

  it("refuses to replace a result unless told to", async () => {
    await put("y.png");
    await writeFile(join(folder, "y.restored.png"), "precious");
    expect(await leader("restore", "y.png", "-p", "p.yaml")).toMatchObject({
      code: 42,
      stderr: expect.stringContaining("LEADER_CLI_OUTPUT_EXISTS") as string,
    });
    expect(await readFile(join(folder, "y.restored.png"), "utf8")).toBe("precious");
    expect((await leader("restore", "y.png", "-p", "p.yaml", "--overwrite")).code).toBe(0);
    expect((await readPicture(join(folder, "y.restored.png"))).tensor.shape).toEqual([1, 3, 32, 48]);
  });
});

describe("bad input", () => {
  const cases: readonly (readonly [name: string, prepare: () => Promise<readonly string[]>, message: RegExp])[] = [
    ["a malformed pipeline", () => edited((text) => `${text}  : [`), /p\.yaml:\d+:\d+ LEADER_/u],
    [
      "an unknown plugin",
      () => edited((text) => text.replace("@leader/baseline-ddnm", "@acme/nothing")),
      /p\.yaml:3:18 LEADER_PLUGIN_NOT_FOUND/u,
    ],
    ["a misspelt option", () => edited((text) => text.replace("factor: 2", "fctor: 2")), /p\.yaml:2:\d+ .*fctor/su],
    ["a misspelt --set", async () => (await put("y.png"), ["--set", "scheduler.with.stepz=3"]), /stepz/u],
    ["a missing pipeline", async () => (await rm(join(folder, "p.yaml")), []), /p\.yaml/u],
    ["a missing input", async () => Promise.resolve([]), /y\.png does not exist/u],
    [
      "a truncated picture",
      async () => {
        await put("whole.png");
        await writeFile(join(folder, "y.png"), (await readFile(join(folder, "whole.png"))).subarray(0, 400));
        return [];
      },
      /LEADER_PICTURE_UNREADABLE/u,
    ],
    [
      "a corrupt network",
      async () => {
        await put("y.png");
        await writeFile(join(folder, "net.onnx"), Buffer.from("\x08\x09 this is no network"));
        return ["--set", "denoiser={use: leader#onnx-file, with: {path: ./net.onnx}}"];
      },
      /LEADER_\w*ONNX\w*[\s\S]*net\.onnx/u,
    ],
    [
      "a network that gives NaN",
      async () => {
        await put("y.png");
        const image = { shape: [1, 3, 32, 48], dtype: "float32" } as const;
        const graph = trace(
          (x, alphaBar) =>
            x
              .mul(0)
              .sub(1)
              .log()
              .add(alphaBar.reshape([1, 1, 1, 1])),
          [image, { shape: [1], dtype: "float32" }],
          ["x", "alpha_bar"],
        );
        await writeFile(join(folder, "nan.onnx"), writeOnnx(graph, { name: "nan", outputNames: ["epsilon"] }).model);
        return ["--set", "denoiser={use: leader#onnx-file, with: {path: ./nan.onnx}}"];
      },
      /LEADER_STAGE_NOT_FINITE[\s\S]*denoiser produced NaN or infinity in step 0/u,
    ],
    [
      "a measurement of another shape",
      async () => {
        await put("y.png");
        return ["--set", 'operator={use: "@leader/operators#walsh-hadamard"}'];
      },
      /LEADER_/u,
    ],
  ];

  const edited = async (edit: (text: string) => string): Promise<readonly string[]> => {
    await put("y.png");
    await writeFile(join(folder, "p.yaml"), edit(pipeline));
    return [];
  };

  it.each(cases)("%s is answered with a code and leaves no output", async (_, prepare, message) => {
    const extra = await prepare();
    const before = await files();
    const result = await leader("restore", "y.png", "-p", "p.yaml", ...extra);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(42);
    expect(await files()).toEqual(before);
  });

  it("wrong usage has an exit code of its own", async () => {
    expect((await leader("restore")).code).toBe(2);
    expect((await leader("restore", "y.png", "-p", "p.yaml", "--frobnicate")).code).toBe(2);
    await put("y.png");
    expect(await leader("restore", "y.png", "-p", "p.yaml", "--seed", "many")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--seed") as string,
    });
    expect((await leader("--help")).code).toBe(0);
  });
});

describe("signals", () => {
  it("are acknowledged while the network computes, and leave no output", async () => {
    await writePicture(join(folder, "y.png"), picture(96, 96));
    let acknowledged = false;
    let sent = 0;
    const result = await runCli(["restore", "y.png", "-p", "p.yaml", "--set", "scheduler.with.steps=100", "--json"], {
      cwd: folder,
      started(child) {
        child.stdout!.on("data", () => {
          // The first events have come: the child process is sampling now.
          if (sent === 0) child.kill("SIGINT");
          sent ||= performance.now();
        });
        child.stderr!.on("data", (chunk: Buffer) => (acknowledged ||= chunk.toString().includes("interrupted")));
      },
    });
    expect(acknowledged).toBe(true);
    expect(result.code).toBe(130);
    expect(await files()).toEqual(["p.yaml", "y.png"]);
  });
});

describe("the other commands", () => {
  it("degrade makes the measurement that restore takes", async () => {
    await writePicture(join(folder, "clean.png"), picture(32, 48));
    expect((await leader("degrade", "clean.png", "-p", "p.yaml", "-o", "y.npy")).code).toBe(0);
    const result = await leader("restore", "y.npy", "-p", "p.yaml", "-o", "x.png", "--reference", "clean.png", "--json");
    expect(result.code).toBe(0);
    expect(recordsOf(result).at(-1)).toMatchObject({ type: "result", psnr: expect.any(Number) as number });
  });

  it("restore with a report says that it takes a picture whole, of which parts were asked for", async () => {
    await writePicture(join(folder, "y.png"), picture(16, 200));
    const set = ["--set", "operator={use: '@leader/operators#denoising'}", "--set", "scheduler.with.steps=1"];
    const told = await leader("restore", "y.png", "-p", "p.yaml", ...set, "-o", "x.png", "--parts", "192", "--report", "page.html");
    expect([told.code, told.stdout + told.stderr]).toEqual([0, expect.stringContaining("a report shows the steps of the picture as a")]);
    for (const command of ["restore", "denoise"]) expect((await leader(command, "--help")).stdout).toMatch(/for\s+most\s+tasks\s+192/u);
  });

  it("restore keeps a report that report writes again, byte for byte", async () => {
    await writePicture(join(folder, "clean.png"), picture(32, 48));
    await leader("degrade", "clean.png", "-p", "p.yaml", "-o", "y.npy");
    const result = await leader(
      "restore",
      "y.npy",
      "-p",
      "p.yaml",
      "-o",
      "x.png",
      "--reference",
      "clean.png",
      "--report",
      "runs",
      "--json",
    );
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(recordsOf(result).at(-1)).toEqual({ type: "report", input: "y.npy", page: join("runs", "y", "report.html") });
    const page = await readFile(join(folder, "runs", "y", "report.html"));
    expect(page.length).toBeLessThan(5e6);
    expect(page.toString()).toMatch(/Predicted standard deviation[\s\S]*True error[\s\S]*Calibration[\s\S]*operators#super-resolution/u);
    expect((await leader("report", "runs", "-o", "again.html")).code).toBe(0);
    expect((await readFile(join(folder, "again.html"))).equals(page)).toBe(true);
    expect((await leader("restore", "y.npy", "-p", "p.yaml", "-o", "z.png", "--report", "runs")).code).toBe(42);
    expect(await files()).not.toContain("z.png");
  });

  it("check explains the pipeline, with every default", async () => {
    const result = await leader("check", "-p", "p.yaml", "--json");
    expect(result.code).toBe(0);
    expect(recordsOf(result)[0]).toMatchObject({
      ok: true,
      evaluationsPerStep: 1,
      maxSteps: 4,
      memory: { weightsMiB: expect.any(Number) as number, peakMiB: expect.any(Number) as number },
      stages: { uncertainty: { use: "leader#stein" }, scheduler: { with: { rule: "noise", steps: 4, budget: 0.0004, floor: 0.04 } } },
    });
    expect((await leader("check", "-p", "p.yaml", "--no-load")).code).toBe(0);
  });

  it("graph prints what will be computed", async () => {
    const { stdout, code } = await leader("graph", "-p", "p.yaml", "--phase", "update", "--size", "32x32");
    expect(code).toBe(0);
    expect(stdout).toMatch(/graph\([\s\S]*MatMul[\s\S]*# baseline[\s\S]*return/u);
  });

  it("add says what to install for a backend or a plugin, and for nothing else", async () => {
    const tensorflow = await leader("add", "tensorflow", "@acme/leader-flash");
    expect(tensorflow.code).toBe(0);
    expect(tensorflow.stdout).toContain("npm install @leader/backend-tfjs @tensorflow/tfjs-node @acme/leader-flash\n");
    expect((await leader("add", "not a package")).code).toBe(2);
  });

  it("plugins and schema cover what is bundled", async () => {
    const plugins = recordsOf(await leader("plugins", "--json"));
    expect(plugins.map((plugin) => plugin["name"])).toEqual(
      expect.arrayContaining(["leader", "@leader/operators", "@leader/baseline-ddnm", "@leader/backend-onnx"]),
    );
    const schema = JSON.parse((await leader("schema")).stdout) as { readonly properties: Readonly<Record<string, unknown>> };
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(["operator", "baseline", "scheduler", "modulator", "backend", "noise", "seed"]),
    );
    expect(JSON.stringify(schema)).toContain("@leader/operators#motion-blur");
    const bench = JSON.parse((await leader("schema", "--bench")).stdout) as { readonly required: readonly string[] };
    expect(bench.required).toContain("apiVersion");
  });
});
