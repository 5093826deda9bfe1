import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { HostTensor } from "@leader/graph";
import { loadPipeline } from "leader-restore";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtPlugins, makeFolder, priorPlugin, removeFolder } from "./host-fixture.js";

// A stranger's baseline: the package of the README, packed and installed like any other, that knows nothing but the contract.
const name = "@acme/leader-null-space";
const manifest = {
  name,
  version: "0.1.0",
  type: "module",
  sideEffects: false,
  keywords: ["leader-plugin"],
  leader: { apiVersion: "1.0" },
  exports: { ".": { default: "./plugin.js" }, "./package.json": "./package.json" },
  files: ["plugin.js"],
  peerDependencies: { "@leader/core": "^0.1.0", zod: "^4.6.7" },
};
const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
const written = [...readme.matchAll(/```ts plugin\.ts\n([\s\S]*?)```/gu)].map((match) => match[1]!)[0]!;
const source = ts.transpileModule(written, {
  compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
}).outputText;
const pipeline = `apiVersion: leader/v1
operator: { use: "@leader/operators#super-resolution", with: { factor: 2, method: average-pool } }
denoiser: { use: "./prior.js#gaussian" }
baseline: { use: "${name}#null-space", with: { eta: 0.9 } }
scheduler: { use: "leader#uniform", with: { steps: 8 } }
backend: { use: "@leader/backend-onnx#cpu" }
`;

// The README's own two lines.
const leaderLines = readme.split("\n").filter((line) => /^(?:modulator|scheduler): .*"leader#(?:ucpm|satp)"/u.test(line));
const withLeader = pipeline.replace(/^scheduler:.*$/mu, leaderLines.join("\n")).replace("./prior.js#gaussian", "leader#gaussian");

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({
    "source/package.json": JSON.stringify(manifest),
    "source/plugin.js": source,
    "source/notes.txt": "not published",
    "project/package.json": '{ "type": "module" }',
    "project/pipeline.yaml": pipeline,
    "project/leader.yaml": withLeader,
    "project/prior.js": priorPlugin,
  });
  const packed = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--offline", "--pack-destination", folder], { cwd: join(folder, "source"), encoding: "utf8" }),
  ) as readonly { filename: string }[];
  const modules = join(folder, "project/node_modules");
  mkdirSync(join(modules, name), { recursive: true });
  mkdirSync(join(modules, "@leader"), { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, packed[0]!.filename), "-C", join(modules, name), "--strip-components", "1"]);
  const require = createRequire(import.meta.url);
  symlinkSync(dirname(require.resolve("@leader/core/package.json")), join(modules, "@leader/core"), "junction");
  symlinkSync(dirname(require.resolve("zod/package.json")), join(modules, "zod"), "junction");
});
afterAll(() => removeFolder(folder));

test("runs from YAML by its name, in the computing process, on the ONNX backend", async () => {
  const bundled = builtPlugins("@leader/operators", "@leader/backend-onnx");
  const loaded = await loadPipeline(join(folder, "project/pipeline.yaml"), { bundled });
  expect(loaded.plugins).toContainEqual({
    name,
    version: "0.1.0",
    apiVersion: "1.0",
    origin: "local",
    path: realpathSync(join(folder, `project/node_modules/${name}/plugin.js`)),
  });
  expect(loaded.warnings).toEqual([]);

  const y: HostTensor = { shape: [1, 3, 6, 10], dtype: "float32", data: Float32Array.from({ length: 180 }, (_, i) => Math.sin(i) / 2) };
  await using session = await loaded.open();
  const run = session.restore(y, { seed: 5 });
  const { image, outcome, steps } = await run.result;
  expect(outcome).toBe("completed");
  expect(steps).toHaveLength(8);
  expect(image.shape).toEqual([1, 3, 12, 20]);

  // Null-space restoration fits the measurement exactly: every 2x2 block has the measured mean.
  const worst = Math.max(...blockMeans(image).map((mean, i) => Math.abs(mean - y.data[i]!)));
  expect(worst).toBeLessThan(1e-5);
  expect(new Set(image.data).size).toBeGreaterThan(500);
});

test("runs with LEADer's two lines, which change what it gives and keep what it promises", async () => {
  expect(leaderLines).toHaveLength(2);
  const bundled = builtPlugins("@leader/operators", "@leader/backend-onnx");
  const loaded = await loadPipeline(join(folder, "project/leader.yaml"), { bundled });
  expect(loaded.config.uncertainty?.use).toBe("leader#stein");
  const y: HostTensor = { shape: [1, 3, 6, 10], dtype: "float32", data: Float32Array.from({ length: 180 }, (_, i) => Math.sin(i) / 2) };
  await using session = await loaded.open();
  const { image, outcome, steps } = await session.restore(y, { seed: 5 }).result;
  expect(outcome).toBe("completed");
  // The prior has 20 levels; the scheduler saw an uncertainty in each step that it took.
  expect(steps.length).toBeGreaterThan(2);
  for (const { observed } of steps) expect(observed["uncertainty"]).toBeTypeOf("number");
  const worst = Math.max(...blockMeans(image).map((mean, i) => Math.abs(mean - y.data[i]!)));
  expect(worst).toBeLessThan(1e-5);
  expect(new Set(image.data).size).toBeGreaterThan(500);
});

function blockMeans({ shape, data }: HostTensor): readonly number[] {
  const [, channels = 0, height = 0, width = 0] = shape;
  const means: number[] = [];
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < height; row += 2) {
      for (let column = 0; column < width; column += 2) {
        const at = (c * height + row) * width + column;
        means.push((data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4);
      }
    }
  }
  return means;
}
