import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bench } from "./bench-file.js";
import type { Combination } from "./pipelines.js";
import { planUnits, referenceMethods } from "./plan.js";
import { benchSchema } from "./schema.js";
import type { Unit } from "./unit.js";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "leader-plan-"));
  for (const name of ["p0.png", "p1.png", "net.onnx"]) writeFileSync(join(root, name), name);
});
afterAll(() => rmSync(root, { recursive: true }));

interface Changes {
  readonly seeds?: readonly number[];
  readonly size?: number;
  readonly pictures?: readonly string[];
  readonly eta?: number;
  readonly baseEta?: number;
  readonly operatorVersion?: string;
  readonly metrics?: readonly Readonly<Record<string, unknown>>[];
}

const stage = { use: "a#b" };

/** The units of a bench of two tasks and two methods, of which `distance` compares with `base`. */
async function plan(changes: Changes = {}): Promise<readonly Unit[]> {
  const { seeds = [0, 1], size = 8, pictures = ["p0.png", "p1.png"], eta = 0.5, baseEta = 0.5, operatorVersion = "1.0.0" } = changes;
  const file = benchSchema.parse({
    apiVersion: "leader-bench/v1",
    title: "t",
    images: { path: ".", size },
    seeds,
    tasks: { sr: { operator: stage }, blur: { operator: stage } },
    methods: { ours: { baseline: stage }, base: { baseline: stage } },
    metrics: changes.metrics ?? [{ use: "psnr" }, { use: "distance", to: "base" }],
  });
  const bench = { file, directory: root, images: pictures.map((name) => join(root, name)) } as unknown as Bench;
  const combinations = Object.keys(file.methods).flatMap((method) =>
    Object.keys(file.tasks).map((task) => {
      const config = { task, method, denoiser: "net.onnx", eta: method === "ours" ? eta : baseEta, seed: 7 };
      return { method, task, pipeline: { config, plugins: [{ name: "@leader/operators", version: operatorVersion }] } };
    }),
  );
  return await planUnits(bench, combinations as unknown as readonly Combination[]);
}

const ids = async (changes?: Changes, method?: string): Promise<readonly string[]> =>
  (await plan(changes)).filter((unit) => method === undefined || unit.method === method).map(({ id }) => id);

describe("the units of a bench", () => {
  it("are every method on every task, picture and seed, each with an id of its own", async () => {
    const units = await plan();
    expect(units).toHaveLength(2 * 2 * 2 * 2);
    expect(new Set(units.map(({ id }) => id)).size).toBe(16);
    expect(units[0]).toMatchObject({ method: "base", task: "sr", image: "p0", number: 0, path: join(root, "p0.png"), seed: 0, cell: 0 });
  });

  it("begin with the methods that a distance compares with", async () => {
    const units = await plan();
    expect(units.slice(0, 8).every(({ method }) => method === "base")).toBe(true);
    expect((await plan({ metrics: [{ use: "psnr" }] }))[0]).toMatchObject({ method: "ours" });
  });

  it("share a cell with the same task, picture and seed of the other methods, and with nothing else", async () => {
    const all = await plan();
    const groups = [...new Set(all.map(({ cell }) => cell))].map((cell) => all.filter((unit) => unit.cell === cell));
    expect(groups).toHaveLength(8);
    for (const units of groups) {
      expect(units.map(({ method }) => method).sort()).toEqual(["base", "ours"]);
      expect(new Set(units.map(({ task, number, seed }) => `${task} ${number} ${seed}`)).size).toBe(1);
    }
  });
});

describe("the id of a unit", () => {
  it("is the same on every start, and does not depend on how many seeds there are", async () => {
    expect(await ids()).toEqual(await ids());
    expect(await ids()).toEqual(expect.arrayContaining([...(await ids({ seeds: [1] }))]));
  });

  it.each<readonly [string, Changes]>([
    ["the size", { size: 4 }],
    ["a version of a plugin", { operatorVersion: "1.0.1" }],
    [
      "a metric",
      {
        metrics: [
          { use: "psnr", crop: 1 },
          { use: "distance", to: "base" },
        ],
      },
    ],
    ["the method that it is compared with", { baseEta: 0.6 }],
  ])("changes with %s", async (_what, changes) => {
    const before = await ids();
    for (const id of await ids(changes)) expect(before).not.toContain(id);
  });

  it("of another method stays where one changes that nothing is compared with", async () => {
    expect(await ids({ eta: 0.9 }, "base")).toEqual(await ids({}, "base"));
    expect(await ids({ eta: 0.9 }, "ours")).not.toEqual(await ids({}, "ours"));
  });

  it("changes with the content of a picture and of the network", async () => {
    const before = await ids();
    writeFileSync(join(root, "p1.png"), "another picture");
    const after = await ids();
    expect(after.filter((id) => before.includes(id))).toHaveLength(8);
    writeFileSync(join(root, "net.onnx"), "another network");
    for (const id of await ids()) expect(after).not.toContain(id);
  });

  it("exists for a picture that cannot be read: its unit fails when it is computed", async () => {
    expect(await ids({ pictures: ["nowhere.png"] })).toHaveLength(8);
  });
});

it("the methods that distances compare with are those of the metrics", () => {
  const metrics = [{ use: "psnr" }, { use: "distance", to: "a" }, { use: "distance", to: "b", name: "other" }];
  expect([...referenceMethods({ file: { metrics } } as unknown as Bench)]).toEqual(["a", "b"]);
});
