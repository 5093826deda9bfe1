import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import plugin from "@leader/backend-onnx";
import type { Backend } from "@leader/graph";
import type { StageEnvironment } from "@leader/core";
import { lpips } from "@leader/metrics";
import { zipSync } from "fflate";
import { encodeNpy, readPicture } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "./run-cli.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-lpips-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});
const importLpips = (file: string) => runCli(["import-lpips", file, "-o", "out.onnx"], { cwd: folder });

describe("import-lpips refuses", () => {
  it("files that are no archives", async () => {
    await writeFile(join(folder, "text.npz"), "no archive");
    const result = await importLpips("text.npz");
    expect(result.stderr).toMatch(/LEADER_CLI_NPZ_UNREADABLE[^]*text\.npz cannot be read as an \.npz archive/u);
    expect(result.code).toBe(42);
  });

  it("archives of something else, by the name of what is missing", async () => {
    const array = encodeNpy({ shape: [1], dtype: "float32", data: Float32Array.of(1) });
    await writeFile(join(folder, "other.npz"), zipSync({ "mu.npy": array }));
    expect((await importLpips("other.npz")).stderr).toMatch(/other\.npz does not hold LPIPS weights for squeeze: `0\.weight` is missing/u);
  });

  it("files that do not exist", async () => {
    expect((await importLpips("none.npz")).stderr).toMatch(/LEADER_FILE_MISSING/u);
  });
});

const shared = fileURLToPath(new URL("../../../../shared/models/", import.meta.url));
const present = existsSync(join(shared, "lpips_alex_v0.1.npz"));
if (!present) process.stdout.write("skipped: the published LPIPS weights are not at ../shared/models\n");

/** By tools/goldens/make_lpips_goldens.py; 0.722 and 0.138 are also the published values for alex. */
const goldens = JSON.parse(readFileSync(new URL("./lpips-goldens.json", import.meta.url), "utf8")) as Readonly<
  Record<string, Readonly<Record<string, number>>>
>;

describe.skipIf(!present)("the published weights", () => {
  let backend: Backend;
  beforeAll(async () => {
    const stage = plugin.stages["cpu"];
    if (stage.kind !== "backend") throw new Error("no backend");
    const options = await stage.options["~standard"].validate({ threads: 1 });
    if (options.issues !== undefined) throw new Error("the backend refused its options");
    backend = await stage.create(options.value, { warn: () => undefined } as unknown as StageEnvironment);
  });
  afterAll(() => backend[Symbol.asyncDispose]());

  it.for([
    ["alex", { p0: 0.722, p1: 0.138 }],
    ["squeeze", {}],
  ] as const)("of %s give the golden distances", async ([backbone, published], { annotate }) => {
    const result = await importLpips(join(shared, `lpips_${backbone}_v0.1.npz`));
    expect(result.stdout).toMatch(new RegExp(`LPIPS 0\\.1, ${backbone}`, "u"));
    await using metric = lpips(await readFile(join(folder, "out.onnx")), "out.onnx", backend);
    const { tensor: reference } = await readPicture(join(shared, "lpips-examples", "ex_ref.png"));
    for (const name of ["p0", "p1"] as const) {
      const { tensor } = await readPicture(join(shared, "lpips-examples", `ex_${name}.png`));
      const value = await metric.measure(tensor, reference);
      await annotate(`${name}: ${Math.abs(value - goldens[backbone]![name]!).toExponential(1)} away`);
      expect(value).toBeCloseTo(goldens[backbone]![name]!, 4);
      const known = (published as Readonly<Record<string, number>>)[name];
      if (known !== undefined) expect(Math.abs(value - known)).toBeLessThan(1e-3);
    }
  });
});
