import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { HostTensor } from "../values.js";
import { avalsOf, type Graph } from "../ir/graph.js";
import type { OpName } from "../ir/op-attrs.js";
import { trace } from "../ir/trace.js";
import { verify } from "../ir/verify.js";
import { toReference } from "../ir/reference-value.js";
import { evaluateGraph } from "../reference/interpret.js";
import { networkGraph } from "../testing/network-graph.js";
import { opCases } from "../testing/op-cases/all.js";
import { backendCases } from "../testing/op-cases/backend.js";
import { resizeAttrs } from "../testing/op-cases/contraction.js";
import { float32, int32, randomTensor, traceCase } from "../testing/op-cases/op-case.js";
import { expectClose } from "../testing/tolerance.js";
import { externalDataReader } from "./external-data.js";
import { decodeModel } from "./proto.js";
import { readOnnx } from "./read.js";
import { writeOnnx, type WriteOnnxOptions } from "./write.js";

/** Where weights go that are written beside a model. */
const weights = mkdtempSync(join(tmpdir(), "leader-weights-"));
afterAll(() => {
  rmSync(weights, { recursive: true });
});

const pair = { shape: [2], dtype: "float32" } as const;
const thousand = randomTensor([1000]);

const modelOf = (graph: Graph, options: Partial<WriteOnnxOptions> = {}) =>
  decodeModel(writeOnnx(graph, { name: "g", ...options }).model, "g.onnx");

describe("what is written computes the same when it is read back", () => {
  for (const op of Object.keys(opCases) as OpName[]) {
    it(op, () => {
      for (const opCase of [...opCases[op], ...(backendCases[op] ?? [])]) expectRoundTrip(traceCase(opCase), opCase.inputs, opCase.name);
    });
  }
  it("a network", () => {
    const { graph, inputs } = networkGraph();
    expectRoundTrip(graph, inputs, "network");
  });
  it("several outputs: an input, a constant, one value twice", () => {
    const graph = trace((x) => [x, x.neg(), x.trace.constant(float32([1], [5])), x.neg()], [pair]);
    expectRoundTrip(graph, [float32([2], [1, 2])], "outputs");
  });
  it("weights in a second file", () => {
    const graph = trace(
      (x) => x.mul(x.trace.constant(thousand)).add(x.trace.constant(randomTensor([1000], 1))),
      [{ shape: [1000], dtype: "float32" }],
    );
    expectRoundTrip(graph, [randomTensor([1000], 2)], "external", { externalWeights: { minBytes: 1000, fileName: "w.bin" } });
  });
});

describe("writeOnnx", () => {
  it("stores equal constants once, large ones by their array", () => {
    const graph = trace(
      (x) => {
        const add = (value: HostTensor) => x.trace.constant(value);
        const small = x.add(add(float32([2], [3, 4]))).mul(add(float32([2], [3, 4])));
        return [small, add(thousand).neg(), add(thousand).abs(), small.sum([0]), small.mean([0])];
      },
      [pair],
    );
    const { initializer } = modelOf(graph).graph!;
    expect(initializer.map((tensor) => tensor.dims.map(Number))).toEqual([[2], [1000], [1]]);
  });

  it("tells apart constants of equal bytes but other types or shapes", () => {
    const graph = trace(
      (x) => [
        x.add(x.trace.constant(float32([2], [0, 0]))),
        x.add(x.trace.constant(float32([1, 2], [0, 0]))),
        x.trace.constant(int32([2], [0, 0])),
      ],
      [pair],
    );
    expect(modelOf(graph).graph!.initializer).toHaveLength(3);
  });

  it("keeps weights outside at page boundaries, and small ones inside", () => {
    const graph = trace((x) => [x.trace.constant(thousand).neg(), x.trace.constant(randomTensor([300], 1)).neg(), x.add(1)], [pair]);
    const { model, externalData } = writeOnnx(graph, { name: "g", externalWeights: { minBytes: 1000, fileName: "w.bin" } });
    const outside = decodeModel(model, "g.onnx").graph!.initializer.filter((tensor) => tensor.externalData.length > 0);
    const fields = outside.map((tensor) => Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value])));
    expect(fields).toEqual([
      { location: "w.bin", offset: "0", length: "4000" },
      { location: "w.bin", offset: "4096", length: "1200" },
    ]);
    expect(new Float32Array(externalData!.slice(0, 4000).buffer)).toEqual(thousand.data);
    expect(externalData).toHaveLength(4096 + 1200);
  });

  it("has no external data where no weight is large enough", () => {
    expect(
      writeOnnx(
        trace((x) => x.add(1), [pair]),
        { name: "g", externalWeights: { minBytes: 1000, fileName: "w.bin" } },
      ).externalData,
    ).toBeUndefined();
  });

  it("names inputs, outputs and stages", () => {
    const graph = trace((x, y) => x.add(y), [pair, pair], ["from.sigma", "noise:z"]);
    const { node, input, output } = modelOf(
      { ...graph, nodes: graph.nodes.map((n) => ({ ...n, scope: "baseline/ddnm" })) },
      { outputNames: ["sum"] },
    ).graph!;
    expect(input.map(({ name }) => name)).toEqual(["from.sigma", "noise:z"]);
    expect(output.map(({ name }) => name)).toEqual(["sum"]);
    expect(node.map(({ name, domain }) => [name, domain])).toEqual([["baseline/ddnm/Add", ""]]);
  });

  it("states the version of the operator set and the oldest file format that has it", () => {
    const graph = trace((x) => x.exp(), [pair]);
    const versions = (options: Partial<WriteOnnxOptions>) => {
      const { opsetImport, irVersion } = modelOf(graph, options);
      return [opsetImport.map(({ domain, version }) => `${domain}:${version.toString()}`).join(), Number(irVersion)];
    };
    expect(versions({})).toEqual([":20", 9]);
    expect(versions({ opset: 21 })).toEqual([":21", 10]);
    expect(versions({ opset: 21, irVersion: 11 })).toEqual([":21", 11]);
  });

  it("refuses a resize whose scale contradicts its sizes", () => {
    const graph = trace(
      (x) => x.resize({ ...resizeAttrs([1, 1, 4, 4], [1, 1, 8, 8], {}), scales: [1, 1, 2, 3] }),
      [{ shape: [1, 1, 4, 4], dtype: "float32" }],
    );
    expect(() => writeOnnx(graph, { name: "g" })).toThrow(expect.objectContaining({ code: "LEADER_ONNX_INEXPRESSIBLE" }));
  });

  it("writes a scale that differs from the ratio of the sizes but leads to them", () => {
    const graph = trace(
      (x) => x.resize({ ...resizeAttrs([1, 1, 5, 5], [1, 1, 7, 7], {}), scales: [1, 1, 1.5, 1.5] }),
      [{ shape: [1, 1, 5, 5], dtype: "float32" }],
    );
    expectRoundTrip(graph, [randomTensor([1, 1, 5, 5])], "scale 1.5");
  });
});

function expectRoundTrip(graph: Graph, inputs: readonly HostTensor[], label: string, options: Partial<WriteOnnxOptions> = {}): void {
  const { model, externalData } = writeOnnx(graph, { name: "g", ...options });
  const fileName = options.externalWeights?.fileName;
  if (externalData !== undefined && fileName !== undefined) writeFileSync(join(weights, fileName), externalData);
  const read = readOnnx(model, externalData === undefined ? {} : { externalData: externalDataReader(weights) });
  verify(read.graph, label);
  const values = inputs.map(toReference);
  const expected = evaluateGraph(graph, values);
  const actual = evaluateGraph(read.graph, values);
  expect(
    read.graph.outputs.map((id) => avalsOf(read.graph)[id]!.dtype),
    label,
  ).toEqual(expected.map(({ dtype }) => dtype));
  // Attributes are float32 in the file.
  expected.forEach((value, i) => expectClose({ ...actual[i]!, data: actual[i]!.data as unknown as HostTensor["data"] }, value, 1e-6));
}
