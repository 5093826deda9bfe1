import { describe, expect, it } from "vitest";
import { isLeaderError } from "../errors.js";
import type { Aval, HostTensor } from "../values.js";
import { GraphBuilder, trace } from "../ir/trace.js";
import { referenceBackend } from "./backend.js";
import { toReference } from "../ir/reference-value.js";
import { evaluateGraph, interpret } from "./interpret.js";

const vector: Aval = { shape: [3], dtype: "float32" };
const host = (...values: number[]): HostTensor => ({ shape: [values.length], dtype: "float32", data: Float32Array.from(values) });

describe("interpret", () => {
  it("computes in float64 and rounds once", () => {
    const graph = trace((x) => x.add(1).sub(1), [vector]);
    const tiny = 2 ** -40;
    expect(interpret(graph, [host(tiny, -tiny, 0)])[0]!.data).toEqual(Float32Array.of(tiny, -tiny, 0));
  });
  it("returns inputs, repeated outputs and values that are read again", () => {
    const graph = trace(
      (x) => {
        const y = x.mul(2);
        return [x, y, y.add(x), y];
      },
      [vector],
    );
    const outputs = interpret(graph, [host(1, 2, 3)]).map(({ data }) => Array.from(data));
    expect(outputs).toEqual([
      [1, 2, 3],
      [2, 4, 6],
      [3, 6, 9],
      [2, 4, 6],
    ]);
  });
  it("shows every node, inside bodies too", () => {
    const body = trace((x) => x.exp(), [vector]);
    const graph = trace((x) => x.trace.emit("Function", [x.neg()], { name: "f", body, evaluations: 0 }), [vector]);
    const seen: string[] = [];
    evaluateGraph(graph, [toReference(host(0, 0, 0))], { onNode: (node) => seen.push(node.op) });
    expect(seen).toEqual(["Neg", "Exp", "Function"]);
  });
  it("refuses inputs that do not fit", () => {
    const graph = trace((x) => x, [vector], ["state"]);
    expect(() => interpret(graph, [])).toThrow(/expected 1 inputs, received 0/);
    expect(() => interpret(graph, [host(1, 2)])).toThrow(/`state` of type float32\[3\], received float32\[2\]/);
    expect(() => interpret(graph, [{ ...vector, data: Float32Array.of(1) }])).toThrow(/3 elements, received 1/);
  });
});

describe("referenceBackend", () => {
  it("runs graphs, and outputs outlive inputs", async () => {
    await using backend = referenceBackend();
    await using executable = await backend.compile(trace((x) => [x, x.mul(2)], [vector]));
    const input = await backend.upload(host(1, 2, 3));
    const [same, twice] = await executable.run([input]);
    input[Symbol.dispose]();
    expect((await same!.read()).data).toEqual(Float32Array.of(1, 2, 3));
    expect((await twice!.read()).data).toEqual(Float32Array.of(2, 4, 6));
    await expect(input.read()).rejects.toThrow(/used after it was disposed/);
  });
  it("rounds between graphs unless told to keep float64", async () => {
    for (const [precision, expected] of [
      ["float32", 0],
      ["float64", 2 ** -40],
    ] as const) {
      const backend = referenceBackend({ precision });
      const up = await backend.compile(trace((x) => x.add(1), [vector]));
      const down = await backend.compile(trace((x) => x.sub(1), [vector]));
      const [between] = await up.run([await backend.upload(host(2 ** -40, 0, 0))]);
      const [result] = await down.run([between!]);
      expect((await result!.read()).data[0]).toBe(expected);
    }
  });
  it("names the node and the stage where NaN or infinity arises, and lets infinite masks pass", async () => {
    const run = async (build: (builder: GraphBuilder) => ReturnType<GraphBuilder["scalar"]>, checkFinite = true): Promise<number> => {
      const builder = new GraphBuilder();
      const output = builder.within("baseline/toy", () => build(builder));
      const executable = await referenceBackend({ checkFinite }).compile(builder.build([output]));
      const [value] = await executable.run([]);
      return (await value!.read()).data[0]!;
    };
    const failing = run((b) => b.scalar(1, "float32").div(b.scalar(0, "float32")));
    await expect(failing).rejects.toThrow(/%2:float32\[\] = Div\(%0, %1\)  # baseline\/toy gives Infinity at element 0/);
    await failing.catch((error: unknown) =>
      expect(isLeaderError(error) && [error.code, error.stage]).toEqual(["LEADER_NOT_FINITE", "baseline/toy"]),
    );
    await expect(run((b) => b.scalar(-1, "float32").sqrt())).rejects.toThrow(/gives NaN/);
    expect(await run((b) => b.scalar(-Infinity, "float32").add(1).exp())).toBe(0);
    expect(await run((b) => b.scalar(-1, "float32").sqrt(), false)).toBeNaN();
  });
});
