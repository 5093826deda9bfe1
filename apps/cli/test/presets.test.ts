import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPipeline } from "leader-restore";
import { describe, expect, it } from "vitest";
import { bundledSources } from "./bundled-sources.js";

const folder = fileURLToPath(new URL("../../../presets/", import.meta.url));
const methods = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const tasksOf = (method: string): readonly string[] => readdirSync(`${folder}${method}`).map((file) => file.replace(/\.yaml$/u, ""));
const tasks = tasksOf("ddnm");
const presets = methods.flatMap((method) => tasksOf(method).map((task) => [method, task] as const));
const fileOf = (method: string, task: string): string => `${folder}${method}/${task}.yaml`;

/** The most evaluations of a step where it is not 1: for most tasks, for inpainting. */
const innerLoops: Readonly<Record<string, number>> = {
  daps: 5,
  "daps/bicubic-x4": 2,
  dcdp: 20,
  "dcdp/bicubic-x4": 1,
  "dcdp/colorization": 1,
  "dcdp/motion-deblur": 1,
  rdmd: 2,
  sitcom: 30,
  "sitcom/inpainting": 40,
  spgd: 5,
};

const opened = new Map<string, ReturnType<typeof loadPipeline>>();

/** The pipeline of a preset; each is opened once. */
function open(file: string): ReturnType<typeof loadPipeline> {
  const known = opened.get(file);
  if (known !== undefined) return known;
  const pipeline = loadPipeline(file, {
    bundled: bundledSources,
    defaults: { denoiser: { use: "leader#gaussian" }, backend: { use: "@leader/backend-onnx#cpu" } },
  });
  opened.set(file, pipeline);
  return pipeline;
}

/** Methods that are for some tasks alone. */
const special: Readonly<Record<string, readonly string[]>> = { fgps: ["gaussian-deblur", "motion-deblur"], repaint: ["inpainting"] };

it("every method has every task, but RePaint, which is for inpainting, and FGPS, which is for deblurring", () => {
  expect(tasks).toHaveLength(7);
  for (const method of methods) expect(tasksOf(method)).toEqual(special[method] ?? tasks);
});

describe.each(presets)("presets/%s/%s.yaml", (method, task) => {
  it("is valid, its stages fit each other, and the graphs run on the ONNX backend", async () => {
    const pipeline = await open(fileOf(method, task));
    const report = await pipeline.check({ shape: [1, 3, 64, 64], dtype: "float32" });
    expect(report.image).toEqual([1, 3, 64, 64]);
    expect(report.evaluationsPerStep).toBe(innerLoops[`${method}/${task}`] ?? innerLoops[method] ?? 1);
    expect(report.warnings).toEqual([]);
  });

  it("states the task as the other methods do, and where its settings come from", async () => {
    const { config } = await open(fileOf(method, task));
    const { config: expected } = await open(fileOf("ddnm", task));
    expect({ operator: config.operator, noise: config.noise }).toEqual({ operator: expected.operator, noise: expected.noise });
    expect(readFileSync(fileOf(method, task), "utf8")).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/pipeline\.schema\.json\n# .+\n# Settings: (?:published|untuned default|tuned)\b/u,
    );
  });
});
