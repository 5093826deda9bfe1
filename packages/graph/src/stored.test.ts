import { appendFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { float16Bits } from "./half.js";
import { hashGraph } from "./ir/hash.js";
import { printGraph } from "./ir/print.js";
import { trace } from "./ir/trace.js";
import { verify } from "./ir/verify.js";
import { readOnnx, writeOnnx } from "./onnx/index.js";
import { interpret } from "./reference/interpret.js";
import { StoredElements, storedElements, storedFile, storedTensor, type StoredType } from "./stored.js";
import { optimize } from "./transform/optimize.js";
import { foldConstants } from "./transform/fold.js";
import { eliminateDeadNodes } from "./transform/dce.js";
import type { HostTensor } from "./values.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-stored-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Numbers that every float type holds exactly. */
const numbers = Float32Array.from({ length: 36 }, (_, i) => (i - 17) / 4);
const encoded: Readonly<Record<StoredType, () => Uint8Array>> = {
  float32: () => new Uint8Array(numbers.slice().buffer),
  float64: () => new Uint8Array(Float64Array.from(numbers).buffer),
  float16: () => new Uint8Array(Uint16Array.from(numbers, float16Bits).buffer),
  bfloat16: () => new Uint8Array(Uint16Array.from(new Uint32Array(numbers.slice().buffer), (word) => word >>> 16).buffer),
};
/** The numbers behind three other bytes, so that nothing is aligned. */
function place(type: StoredType = "float32", name = type): StoredElements {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([Buffer.from("abc"), encoded[type]()]));
  return new StoredElements(storedFile(path), 3, type, numbers.length);
}
const shape = [3, 3, 2, 2];
const inMemory: HostTensor = { shape, dtype: "float32", data: numbers };
const image: HostTensor = { shape: [1, 3, 4, 4], dtype: "float32", data: Float32Array.from({ length: 48 }, (_, i) => Math.sin(i)) };

describe("constants that stay in their file", () => {
  for (const type of ["float32", "float64", "float16", "bfloat16"] as const) {
    it(`are the numbers that lie there as ${type}`, () => {
      expect(storedTensor(place(type), shape).data).toEqual(numbers);
      expect(storedElements({ ...storedTensor(place(type), shape) })).toBeUndefined();
    });
  }

  it("are refused once the file is another one", () => {
    const elements = place("float32", "changed" as StoredType);
    appendFileSync(elements.file.path, "more");
    expect(() => elements.read()).toThrow("changed or removed");
    rmSync(elements.file.path);
    expect(() => elements.read()).toThrow("changed or removed");
  });

  it("are known under the path without links", () => {
    const elements = place();
    const link = join(folder, "link");
    symlinkSync(elements.file.path, link);
    expect(storedFile(link)).toEqual(elements.file);
  });

  it("are traced, checked, hashed, printed and merged without being read", () => {
    const elements = place();
    const read = vi.spyOn(StoredElements.prototype, "read");
    const twice = trace(
      (x) => x.conv(x.trace.constant(storedTensor(elements, shape))).add(x.conv(x.trace.constant(storedTensor(elements, shape)))),
      [image],
    );
    verify(twice);
    const optimized = optimize(twice, { verify: true });
    expect(optimized.nodes.map(({ op }) => op)).toEqual(["Constant", "Conv", "Add"]);
    expect(hashGraph(optimized)).not.toBe(
      hashGraph(optimize(trace((x) => x.conv(x.trace.constant(storedTensor(place("float16"), shape))).mul(2), [image]))),
    );
    expect(printGraph(optimized)).toContain("sha256=");
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
    const [[actual], [expected]] = [
      interpret(optimized, [image]),
      interpret(
        trace((x) => x.conv(x.trace.constant(inMemory)).mul(2), [image]),
        [image],
      ),
    ];
    expect(actual).toEqual(expected);
    expect(() => trace((x) => x.conv(x.trace.constant(storedTensor(elements, [3, 3, 3, 3]))), [image])).toThrow("received 36 in a file");
  });

  it("are flipped and transposed by the backend, or here in their own type", () => {
    const graph = trace((x) => x.conv(x.trace.constant(storedTensor(place(), shape)).transpose([1, 0, 2, 3]).flip([2, 3])), [image]);
    expect(foldConstants(graph).nodes.map(({ op }) => op)).toEqual(["Constant", "Transpose", "Slice", "Conv"]);
    const folded = eliminateDeadNodes(foldConstants(graph, { stored: true }));
    expect(folded.nodes.map(({ op }) => op)).toEqual(["Constant", "Conv"]);
    expect(interpret(folded, [image])).toEqual(interpret(graph, [image]));
  });

  it("stay in place in ONNX files that can refer to them, and are copied into others", () => {
    for (const type of ["float32", "float64", "float16", "bfloat16"] as const) {
      const elements = place(type);
      const graph = trace((x) => x.conv(x.trace.constant(storedTensor(elements, shape))), [image]);
      const there = writeOnnx(graph, { name: "g", externalWeights: { minBytes: 1, inPlace: () => type } });
      expect(there.externalData).toBeUndefined();
      expect(there.model.length).toBeLessThan(500);
      const text = new TextDecoder("latin1").decode(there.model);
      expect(text.includes("Cast")).toBe(type !== "float32");
      const copied = writeOnnx(graph, { name: "g", externalWeights: { minBytes: 1e6, inPlace: () => type } });
      expect(interpret(readOnnx(copied.model).graph, [image])).toEqual(interpret(graph, [image]));
    }
  });
});
