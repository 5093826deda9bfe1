import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isOp } from "../ir/graph.js";
import { trace } from "../ir/trace.js";
import { interpret } from "../reference/interpret.js";
import { storedElements, storedFile } from "../stored.js";
import { float32, randomTensor } from "../testing/op-cases/op-case.js";
import { leaveWeights } from "./leave-weights.js";
import { outlineOf } from "./outline.js";
import { decodeModel, encodeModel } from "./proto.js";
import { readOnnx } from "./read.js";
import { writeOnnx } from "./write.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-leave-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const image = randomTensor([1, 8, 4, 4], 3);
const bytes = writeOnnx(
  trace((x) => x.conv(x.trace.constant(randomTensor([16, 8, 3, 3]))).add(x.trace.constant(float32([1], [2]))), [image]),
  { name: "g" },
).model;
function written(name: string, contents: Uint8Array) {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return storedFile(path);
}

describe("weights that are left in an ONNX file", () => {
  it("are not in memory, and compute the same", () => {
    const lean = leaveWeights(bytes, "g.onnx");
    expect(lean.length).toBeLessThan(bytes.length - 4000);
    const { graph } = readOnnx(lean, { self: written("g.onnx", bytes) });
    const constants = graph.nodes.flatMap((node) => (isOp(node, "Constant") ? [storedElements(node.attrs.value) !== undefined] : []));
    expect(constants.sort()).toEqual([false, true]);
    expect(interpret(graph, [image])).toEqual(interpret(readOnnx(bytes).graph, [image]));
  });

  it("are left only where there are any", () => {
    const small = writeOnnx(
      trace((x) => x.add(1), [image]),
      { name: "g" },
    ).model;
    expect(leaveWeights(small, "g.onnx")).toBe(small);
  });

  it("are transposed by the backend, not while the file is read", () => {
    const rows = writeOnnx(
      trace((x) => x.reshape([16, 8]).matmul(x.trace.constant(randomTensor([40, 8])).transpose([1, 0])), [image]),
      { name: "g" },
    ).model;
    const { graph } = readOnnx(leaveWeights(rows, "g.onnx"), { self: written("rows.onnx", rows) });
    expect(graph.nodes.map(({ op }) => op)).toContain("Transpose");
    expect(interpret(graph, [image])).toEqual(interpret(readOnnx(rows).graph, [image]));
  });

  it("are refused where their bytes do not fit their shape, or no file is given", () => {
    const model = decodeModel(bytes, "g.onnx");
    model.graph!.initializer[0]!.dims = [16n, 8n, 3n, 4n];
    const wrong = encodeModel(model);
    const lean = leaveWeights(wrong, "g.onnx");
    expect(() => readOnnx(lean, { self: written("wrong.onnx", wrong) })).toThrow("needs 1536 elements, but the file holds 4608 bytes");
    expect(() => readOnnx(leaveWeights(bytes, "g.onnx"))).toThrow("none may be opened here");
  });
});

/** The model, whether a field without bytes stands in it or not. */
function contentsOf(model: Uint8Array): ReturnType<typeof decodeModel> {
  const decoded = decodeModel(model, "the model");
  for (const tensor of decoded.graph!.initializer) if (tensor.rawData.length === 0) tensor.rawData = new Uint8Array(0);
  return decoded;
}

describe("the outline of an ONNX file, for which weights are not read", () => {
  it("says what the whole file says without its weights", () => {
    const outline = outlineOf(written("outline.onnx", bytes))!;
    expect(contentsOf(outline)).toEqual(contentsOf(leaveWeights(bytes, "g")));
    expect(outline.length).toBeLessThan(bytes.length - 4000);
    expect(outlineOf(written("outline.onnx", bytes), false)).toEqual(outline);
  });

  it("is that of every export of PyTorch", () => {
    const folders = ["onnx-fixtures", "exporter-fixtures"].map((name) => fileURLToPath(new URL(`../../test/${name}/`, import.meta.url)));
    const files = folders
      .flatMap((from) => readdirSync(from).map((name) => join(from, name)))
      .filter((path) => /\.onnx(\.gz)?$/u.test(path));
    expect(files.length).toBeGreaterThan(40);
    for (const path of files) {
      const whole = path.endsWith(".gz") ? gunzipSync(readFileSync(path)) : readFileSync(path);
      const file = written("export.onnx", whole);
      const outline = outlineOf(file)!;
      expect(contentsOf(outline)).toEqual(contentsOf(leaveWeights(new Uint8Array(whole), path)));
      expect(outlineOf(file, false)).toEqual(outline);
    }
  });

  it("is undefined, or refused later, for a file that was cut or changed anywhere", () => {
    for (let end = 0; end < bytes.length; end += 97) {
      const cut = bytes.slice(0, end);
      const file = written("cut.onnx", cut);
      const outline = outlineOf(file);
      if (outline !== undefined) expect(outline.length).toBeLessThanOrEqual(end + 200);
      expect(outlineOf(file, false)).toEqual(outline);
    }
    expect(outlineOf(written("short.onnx", bytes.slice(0, -1)))).toBeUndefined();
    expect(
      outlineOf(written("noise.onnx", Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))),
    ).toBeUndefined();
  });
});
