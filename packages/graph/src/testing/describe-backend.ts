import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend, Executable } from "../backend.js";
import type { Aval, DeviceTensor, HostTensor } from "../values.js";
import { avalsOf, type Graph } from "../ir/graph.js";
import type { Tensor } from "../ir/tensor.js";
import { trace } from "../ir/trace.js";
import { toReference } from "../ir/reference-value.js";
import { evaluateGraph } from "../reference/interpret.js";
import { optimize } from "../transform/optimize.js";
import { vjp } from "../transform/vjp.js";
import { relativeError } from "./evaluate.js";
import { networkGraph } from "./network-graph.js";
import { opCases } from "./op-cases/all.js";
import { backendCases } from "./op-cases/backend.js";
import { bool, float32, int32, randomTensor, traceCase } from "./op-cases/op-case.js";
import { expectCoded, expectSame, runOnce, valuesOf } from "./run-once.js";
import { toleranceOf } from "./tolerance.js";
import { keysOf } from "../records.js";

export interface DescribeBackendOptions {
  /** Why the backend cannot be had on this machine: the suite is then skipped, with this reason in its title. */
  readonly unavailable?: string | undefined;
  /** Factor on all tolerances, for devices whose arithmetic is less exact than IEEE float32. Default 1. */
  readonly looser?: number;
  /** Runs in the test of memory. Default 300; 0 leaves it out, for interpreters in plain JavaScript. */
  readonly memoryRuns?: number;
  /** Networks besides the built-in one whose derivative by the first input is checked, by name; all their inputs and outputs are images. */
  readonly networks?: Readonly<Record<string, NetworkCase>>;
  /** Number of values that the runtime holds, where it can tell: must return to its start when everything is disposed. */
  readonly liveTensors?: () => number;
}

/** A network with one output, and inputs for it. */
export interface NetworkCase {
  readonly graph: Graph;
  readonly inputs: readonly HostTensor[];
}

/**
 * Declares the conformance tests of a backend: every op of the table against the float64 interpreter, graphs with functions, a small
 * network, ownership, disposal, errors and memory. Ops that `unsupported` names are expected to be named, and not run.
 */
export function describeBackend(name: string, makeBackend: () => Backend | Promise<Backend>, options: DescribeBackendOptions = {}): void {
  const { unavailable, looser = 1, networks = {} } = options;
  if (unavailable !== undefined) {
    it.skip(`${name} (unavailable: ${unavailable})`);
    return;
  }
  describe(name, () => {
    let backend: Backend | undefined;
    beforeAll(async () => {
      backend = await makeBackend();
    });
    afterAll(async () => {
      // Absent if its making failed, which is then the error to see.
      await backend?.[Symbol.asyncDispose]();
    });
    const current = (): Backend => {
      if (backend === undefined) throw new TypeError("the backend was not made");
      return backend;
    };

    describe("ops", () => {
      describeOps(current, looser);
    });
    describe("graphs", () => {
      describeGraphs(current, looser);
    });
    describe("derivatives", () => {
      describeDerivatives(current, { "a small network": networkGraph(), ...networks });
    });
    describe("ownership", () => {
      describeOwnership(current, options);
    });
    describe("errors", () => {
      describeErrors(current, makeBackend);
    });
  });
}

type Current = () => Backend;

function describeOps(backend: Current, looser: number): void {
  for (const op of keysOf(opCases)) {
    for (const opCase of [...opCases[op], ...(backendCases[op] ?? [])]) {
      it(`${op}: ${opCase.name}`, async (context) => {
        const graph = traceCase(opCase);
        const [missing] = backend().unsupported(graph);
        if (missing !== undefined) return context.skip(missing.reason);
        await expectSame(backend(), graph, opCase.inputs, toleranceOf(op) * looser);
      });
    }
  }
}

function describeGraphs(backend: Current, looser: number): void {
  it("runs a network: convolutions, normalisation, attention, both directions of resampling", async () => {
    const { graph, inputs } = networkGraph();
    await expectSame(backend(), graph, inputs, 1e-5 * looser);
  });

  it("calls one function from several graphs, with other work around it", async () => {
    const { graph: network, inputs } = networkGraph();
    const call = (x: Tensor, time: Tensor): Tensor =>
      x.trace.emit("Function", [x, time], { name: "network", body: network, evaluations: 1 });
    const avals = inputs.map(({ shape, dtype }) => ({ shape, dtype }));
    const once = trace((x, time) => call(x.mul(0.5), time).add(x), avals);
    const twice = trace((x, time) => [call(call(x, time).tanh(), time), x.neg()], avals);
    await expectSame(backend(), once, inputs, 1e-5 * looser);
    await expectSame(backend(), twice, inputs, 1e-5 * looser);
  });

  it("returns params, constants and one value twice as outputs of their own", async () => {
    const graph = trace(
      (x) => {
        const y = x.add(1);
        return [x, y, y, x.trace.constant(float32([2], [7, 8]))];
      },
      [vector],
    );
    await expectSame(backend(), graph, [float32([3], [1, 2, 3])], 0);
  });

  it("takes params that nothing reads, and returns an integer and a boolean beside a float", async () => {
    const graph = trace(
      (x, i, b, _unused) => [x.sum(), i.add(1), b.not()],
      [vector, { shape: [], dtype: "int32" }, { shape: [2], dtype: "bool" }, vector],
    );
    await expectSame(
      backend(),
      graph,
      [float32([3], [1, 2, 3]), int32([], [41]), bool([2], [1, 0]), float32([3], [0, 0, 0])],
      1e-6 * looser,
    );
  });

  it("compiles and runs several graphs at once", async () => {
    const graphs = [1, 2, 3, 4].map((factor) => trace((x) => x.mul(factor).sin().sum(), [vector]));
    const x = float32([3], [0.1, 0.2, 0.3]);
    await Promise.all(graphs.map((graph) => expectSame(backend(), graph, [x], 1e-6 * looser)));
  });

  it("gives the same bits for the same inputs", async () => {
    const { graph, inputs } = networkGraph();
    const executable = await backend().compile(graph);
    const [first] = await runOnce(backend(), executable, inputs);
    const [second] = await runOnce(backend(), executable, inputs);
    await executable[Symbol.asyncDispose]();
    expect(second!.data).toEqual(first!.data);
  });
}

/** What is asked of a derivative in single precision: relative to the norm of the float64 interpreter's. */
const derivativeTolerance = 1e-3;

function describeDerivatives(backend: Current, networks: Readonly<Record<string, NetworkCase>>): void {
  it.for(Object.entries(networks))("runs that of %s", async ([, { graph, inputs }], { annotate }) => {
    const { shape } = avalsOf(graph)[graph.outputs[0]!]!;
    const values = [...inputs, randomTensor(shape, 7)];
    const derivative = optimize(vjp(graph, { wrt: [0] }));
    const [expected] = evaluateGraph(derivative, values.map(toReference));
    const executable = await backend().compile(derivative);
    const [actual] = await runOnce(backend(), executable, values);
    await executable[Symbol.asyncDispose]();
    const error = relativeError(Float64Array.from(actual!.data), Float64Array.from(expected!.data));
    await annotate(`relative error ${error.toExponential(1)}, against the interpreter in double precision`);
    expect(error).toBeLessThanOrEqual(derivativeTolerance);
  });
}

function describeOwnership(backend: Current, { liveTensors, memoryRuns = 300 }: DescribeBackendOptions): void {
  it("leaves the inputs to the caller and gives the outputs away", async () => {
    const executable = await backend().compile(trace((x) => [x, x.mul(2)], [vector]));
    const input = await backend().upload(float32([3], [1, 2, 3]));
    const [same, doubled] = await executable.run([input]);
    input[Symbol.dispose]();
    await executable[Symbol.asyncDispose]();
    expect([...(await same!.read()).data]).toEqual([1, 2, 3]);
    expect([...(await doubled!.read()).data]).toEqual([2, 4, 6]);
    for (const tensor of [same!, doubled!]) tensor[Symbol.dispose]();
  });

  it("is not changed by what the caller does with arrays before an upload or after a read", async () => {
    const source = Float32Array.of(1, 2, 3);
    const tensor = await backend().upload({ shape: [3], dtype: "float32", data: source });
    source.fill(9);
    (await tensor.read()).data.fill(9);
    expect([...(await tensor.read()).data]).toEqual([1, 2, 3]);
    tensor[Symbol.dispose]();
  });

  it("feeds results to other graphs, and keeps what a loop leaves of them", async () => {
    const executable = await backend().compile(trace((x, y) => [x.add(y), y.mul(0.5)], [vector, vector]));
    let [x, y] = [await backend().upload(float32([3], [0, 0, 0])), await backend().upload(float32([3], [8, 4, 2]))];
    for (let step = 0; step < 4; step++) {
      const [nextX, nextY] = await executable.run([x, y]);
      for (const tensor of [x, y]) tensor[Symbol.dispose]();
      [x, y] = [nextX!, nextY!];
    }
    expect([...(await x.read()).data]).toEqual([15, 7.5, 3.75]);
    for (const tensor of [x, y]) tensor[Symbol.dispose]();
    await executable[Symbol.asyncDispose]();
  });

  it.skipIf(memoryRuns === 0)("holds no more memory after many runs than after a few", async () => {
    const before = liveTensors?.();
    // A leak of every result would be 1 MiB in each run.
    const executable = await backend().compile(trace((x) => x.neg(), [megabyte]));
    const input = await backend().upload({ ...megabyte, data: new Float32Array(2 ** 18) });
    const repeat = async (runs: number): Promise<void> => {
      for (let run = 0; run < runs; run++) for (const tensor of await executable.run([input])) tensor[Symbol.dispose]();
    };
    await repeat(20);
    const early = process.memoryUsage().rss;
    await repeat(memoryRuns);
    expect((process.memoryUsage().rss - early) / 2 ** 20).toBeLessThan(memoryRuns / 2);
    input[Symbol.dispose]();
    await executable[Symbol.asyncDispose]();
    if (liveTensors !== undefined) expect(liveTensors()).toBe(before);
  });
}

function describeErrors(backend: Current, makeBackend: () => Backend | Promise<Backend>): void {
  const withAdder = async (check: (executable: Executable, x: DeviceTensor) => Promise<void>): Promise<void> => {
    const executable = await backend().compile(trace((x, y) => x.add(y), [vector, vector], ["left", "right"]));
    const x = await backend().upload(float32([3], [1, 2, 3]));
    await check(executable, x);
    x[Symbol.dispose]();
    await executable[Symbol.asyncDispose]();
  };

  it("refuses a wrong number of inputs", () =>
    withAdder(async (executable, x) => {
      await expectCoded(executable.run([x]));
      await expectCoded(executable.run([x, x, x]));
    }));

  it("refuses inputs of another shape or element type, and names the input", () =>
    withAdder(async (executable, x) => {
      for (const wrong of [float32([2], [1, 2]), float32([3, 1], [1, 2, 3]), int32([3], [1, 2, 3])]) {
        const tensor = await backend().upload(wrong);
        await expectCoded(executable.run([x, tensor]), /right/u);
        tensor[Symbol.dispose]();
      }
      expect(await valuesOf(await executable.run([x, x]))).toEqual([[2, 4, 6]]);
    }));

  it("refuses disposed tensors", () =>
    withAdder(async (executable, x) => {
      const gone = await backend().upload(float32([3], [1, 2, 3]));
      gone[Symbol.dispose]();
      gone[Symbol.dispose]();
      await expectCoded(executable.run([x, gone]));
      await expectCoded(gone.read());
    }));

  it("refuses to run what is disposed; disposing twice is harmless", async () => {
    const executable = await backend().compile(trace((x) => x.exp(), [vector]));
    const x = await backend().upload(float32([3], [1, 2, 3]));
    await executable[Symbol.asyncDispose]();
    await executable[Symbol.asyncDispose]();
    await expectCoded(executable.run([x]));
    x[Symbol.dispose]();
  });

  it("refuses work after its own disposal", async () => {
    const other = await makeBackend();
    await other[Symbol.asyncDispose]();
    await expectCoded(other.compile(trace((x) => x.exp(), [vector])));
    await expectCoded(other.upload(float32([1], [1])));
  });

  it("says where it computes", () => {
    expect(backend().name).not.toBe("");
    expect(backend().description).not.toBe("");
  });
}

const vector: Aval = { shape: [3], dtype: "float32" };
const megabyte: Aval & { readonly dtype: "float32" } = { shape: [512, 512], dtype: "float32" };
