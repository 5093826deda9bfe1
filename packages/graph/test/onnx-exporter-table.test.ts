import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { externalDataReader, readOnnx } from "../src/onnx/index.js";
import { interpret } from "../src/reference/index.js";
import type { HostTensor } from "../src/values.js";
import { imageOf } from "./formula-image.js";

const folder = fileURLToPath(new URL("./exporter-fixtures", import.meta.url));

type Axes = "fixed" | "batch" | "size" | "all";
interface Export {
  readonly name: string;
  readonly opset: number;
  readonly axes: Axes;
  readonly folding: boolean;
  readonly einsum: boolean;
  readonly timestep: "float32" | "int64";
  readonly type: "float32" | "float16";
  readonly weights: "inside" | "beside";
  /** Weights are listed among the inputs, as old exporters did. */
  readonly inputs: boolean;
  /** What PyTorch said instead of writing a file. */
  readonly refused?: string;
}
interface Table {
  readonly producer: string;
  readonly timesteps: readonly number[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly output: string }[];
  readonly exports: readonly Export[];
}

const table = JSON.parse(readFileSync(join(folder, "exports.json"), "utf8")) as Table;
const written = table.exports.filter(({ refused }) => refused === undefined);
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** What was tried with PyTorch 1.13, by what the files differ in: the same table stands in docs/networks.md. */
const tried: readonly (readonly [Partial<Export>, readonly number[], readonly Axes[]])[] = [
  [{ folding: true, einsum: false, timestep: "float32", inputs: false, weights: "inside", type: "float32" }, range(9, 17), ["fixed"]],
  [{ folding: true, einsum: false, timestep: "float32" }, [9, 11, 13, 17], ["batch", "size", "all"]],
  [{ folding: false }, [9, 13, 17], ["fixed", "all"]],
  [{ einsum: true }, [12, 17], ["all"]],
  [{ timestep: "int64" }, [11, 17], ["fixed", "all"]],
  [{ inputs: true }, [9], ["fixed"]],
  [{ weights: "beside" }, [17], ["all"]],
];

const scratch = mkdtempSync(join(tmpdir(), "leader-exports-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
for (const file of readdirSync(folder).filter((name) => name.endsWith(".gz")))
  writeFileSync(join(scratch, file.replace(/\.gz$/u, "")), gunzipSync(readFileSync(join(folder, file))));

/** ||actual - expected|| / ||expected||. */
function relativeError(actual: HostTensor, expected: Float32Array): number {
  let [error, norm] = [0, 0];
  expected.forEach((want, i) => {
    error += (actual.data[i]! - want) ** 2;
    norm += want ** 2;
  });
  return Math.sqrt(error / norm);
}

function run({ name }: Export, shape: readonly number[]): HostTensor {
  const timesteps = table.timesteps.slice(0, shape[0]);
  const imported = readOnnx(readFileSync(join(scratch, `${name}.onnx`)), {
    fileName: `${name}.onnx`,
    inputShapes: { x: shape, timestep: [shape[0]!] },
    externalData: externalDataReader(scratch),
  });
  expect(imported.inputs.map((input) => input.name)).toEqual(["x", "timestep"]);
  const level: HostTensor =
    imported.graph.params[1]!.aval.dtype === "int32"
      ? { shape: [shape[0]!], dtype: "int32", data: Int32Array.from(timesteps) }
      : { shape: [shape[0]!], dtype: "float32", data: Float32Array.from(timesteps) };
  return interpret(imported.graph, [imageOf(shape), level])[0]!;
}

const sizesOf: Readonly<Record<Axes, readonly (readonly number[])[]>> = {
  fixed: [[1, 3, 8, 12]],
  batch: [
    [1, 3, 8, 12],
    [2, 3, 8, 12],
  ],
  size: [
    [1, 3, 8, 12],
    [1, 3, 12, 16],
  ],
  all: [
    [1, 3, 8, 12],
    [2, 3, 8, 12],
    [1, 3, 12, 16],
  ],
};

describe("exports of PyTorch 1.13", () => {
  it.each(tried)("%o was written for opsets %j with axes %j", (what, opsets, axes) => {
    expect(table.producer).toMatch(/^torch 1\.13/u);
    const differs = ([key, value]: readonly [string, unknown], made: Export): boolean => Reflect.get(made, key) === value;
    for (const opset of opsets)
      for (const axis of axes) {
        const found = written.filter(
          (made) => made.opset === opset && made.axes === axis && Object.entries(what).every((entry) => differs(entry, made)),
        );
        expect(found.length, `opset ${opset}, ${axis}`).toBeGreaterThan(0);
      }
  });

  it.each(written.map((made) => [made.name, made] as const))(
    "%s computes what PyTorch computed, at every size that it is open for",
    (_, made) => {
      for (const shape of sizesOf[made.axes]) {
        const { output } = table.outputs.find((known) => known.shape.join() === shape.join())!;
        const result = run(made, shape);
        expect(result.shape).toEqual([shape[0], 6, ...shape.slice(2)]);
        expect(relativeError(result, new Float32Array(Uint8Array.from(Buffer.from(output, "base64")).buffer))).toBeLessThan(1e-5);
      }
    },
  );

  it("wrote no file of halves on a processor", () => {
    expect(table.exports.filter(({ refused }) => refused !== undefined).map(({ type }) => type)).toEqual(["float16"]);
  });
});

it("refuses another size where the axes are fixed", () => {
  const fixed = written.find(({ name }) => name === "17-fixed-folded-float32")!;
  expect(() => run(fixed, [1, 3, 12, 16])).toThrow("[1,3,8,12]");
});
