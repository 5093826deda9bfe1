import { describe, expect, it } from "vitest";
import type { Executable } from "../backend.js";
import type { Aval, DeviceTensor, HostTensor } from "../values.js";
import type { Graph } from "../ir/graph.js";
import type { Tensor } from "../ir/tensor.js";
import { trace } from "../ir/trace.js";
import { verify } from "../ir/verify.js";
import { interpret } from "../reference/interpret.js";
import { compileSegments, FunctionCache } from "./compile-segments.js";
import { partition } from "./partition.js";

const image: Aval = { shape: [2, 2], dtype: "float32" };
const body = trace((x) => x.tanh().mul(3), [image], ["image"]);
const net = (x: Tensor, of: Graph = body): Tensor => x.trace.emit("Function", [x], { name: "net", body: of, evaluations: 1 });
const kinds = (graph: Graph): string =>
  partition(graph)
    .map((segment) => segment.kind)
    .join(" ");

/** A device that counts what is alive and refuses what is dead. */
class Device {
  alive = 0;
  compiled = 0;
  open = 0;
  failAfter = Infinity;

  upload(value: HostTensor): DeviceTensor {
    this.alive++;
    let disposed = false;
    return {
      shape: value.shape,
      dtype: value.dtype,
      read: async () => {
        if (disposed) throw new Error("read after dispose");
        return value;
      },
      [Symbol.dispose]: () => {
        if (disposed) throw new Error("disposed twice");
        disposed = true;
        this.alive--;
      },
    };
  }

  readonly compileFlat = async (graph: Graph): Promise<Executable> => {
    verify(graph, "partition");
    expect(graph.nodes.map((node) => node.op)).not.toContain("Function");
    expect(new Set(graph.outputs).size).toBe(graph.outputs.length);
    for (const id of graph.outputs) expect(id).toBeGreaterThanOrEqual(graph.params.length);
    this.compiled++;
    this.open++;
    return {
      run: async (inputs) => {
        if (this.failAfter-- <= 0) throw new Error("device lost");
        const values = await Promise.all(inputs.map((tensor) => tensor.read()));
        return interpret(graph, values).map((value) => this.upload(value));
      },
      [Symbol.asyncDispose]: async () => {
        this.open--;
      },
    };
  };
}

const x: HostTensor = { ...image, data: Float32Array.from([0.1, -0.2, 0.3, 0.4]) };

/** Values are rounded to float32 between segments. */
function expectClose(received: readonly HostTensor[], expected: readonly HostTensor[]): void {
  expect(received).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    value.data.forEach((number, at) => expect(received[i]!.data[at]).toBeCloseTo(number, 5));
  });
}

async function runOnce(device: Device, graph: Graph, cache?: FunctionCache): Promise<readonly HostTensor[]> {
  const inputs = graph.params.map(() => device.upload(x));
  const executable = await compileSegments(graph, device.compileFlat, cache);
  const outputs = await executable.run(inputs);
  const values = await Promise.all(outputs.map((tensor) => tensor.read()));
  for (const tensor of outputs) tensor[Symbol.dispose]();
  for (const tensor of inputs) tensor[Symbol.dispose]();
  await executable[Symbol.asyncDispose]();
  return values;
}

describe("partition", () => {
  it.each<readonly [string, (x: Tensor, y: Tensor) => Tensor | readonly Tensor[], string]>([
    ["nothing", (x) => x, ""],
    ["no call", (x, y) => x.add(y).exp(), "graph"],
    ["a call alone", (x) => net(x), "function"],
    ["what can wait, after the call", (x, y) => net(x).add(y.exp().mul(2)), "function graph"],
    ["what the call needs, before it", (x) => net(x.mul(2)).add(1), "graph function graph"],
    ["two calls that need nothing of each other", (x, y) => net(x.mul(2)).add(net(y.mul(3))), "graph function function graph"],
    ["a chain", (x) => net(net(x.mul(2)).add(1)), "graph function graph function"],
    ["calls in a row", (x) => net(net(x)), "function function"],
    ["a constant operand", (x) => net(x.trace.scalar(2, "float32").expand([2, 2])).add(x), "graph function graph"],
    ["a call that nobody reads", (x) => (net(x), x.exp()), "graph"],
  ])("cuts %s", async (_, f, expected) => {
    const graph = trace(f, [image, image]);
    expect(kinds(graph)).toBe(expected);
    const device = new Device();
    expectClose(await runOnce(device, graph), interpret(graph, [x, x]));
    expect([device.alive, device.open]).toEqual([0, 0]);
  });
  it("repeats constants instead of passing them on", () => {
    const graph = trace(
      (x) => {
        const two = x.trace.scalar(2, "float32");
        return net(x.mul(two)).mul(two);
      },
      [image],
    );
    const passed = partition(graph).flatMap((segment) => (segment.kind === "graph" ? [segment.inputs.length] : []));
    expect(passed).toEqual([1, 1]);
  });
  it("puts what both sides need into the first segment only", () => {
    const graph = trace(
      (x) => {
        const shared = x.exp();
        return net(shared).add(shared);
      },
      [image],
    );
    const ops = partition(graph).map((segment) => (segment.kind === "graph" ? segment.graph.nodes.map((node) => node.op).join() : "call"));
    expect(ops).toEqual(["Exp", "call", "Add"]);
  });
  it("computes from params where it is first read, since its result would pass from segment to segment", () => {
    const graph = trace(
      (x, y) => {
        const [late, early] = [y.exp(), y.sin()];
        return [net(x.mul(2)).add(late), net(early).add(early.add(late))];
      },
      [image, image],
    );
    const ops = partition(graph).map((segment) => (segment.kind === "graph" ? segment.graph.nodes.map((node) => node.op).join() : "call"));
    expect(ops).toEqual(["Sin,Constant,Mul", "call", "call", "Exp,Add,Add,Add"]);
  });
  it("does not open a segment between two calls for what fits before the first", () => {
    const two = trace((x, y) => net(x.add(y)), [image, image]);
    const graph = trace(
      (x, y) => {
        const first = net(x.mul(2));
        return x.trace.emit("Function", [first, y.exp()], { name: "pair", body: two, evaluations: 1 });
      },
      [image, image],
    );
    expect(kinds(graph)).toBe("graph function function");
  });
});

describe("compileSegments", () => {
  it("gives outputs that live apart from inputs and from each other", async () => {
    const device = new Device();
    const graph = trace(
      (x) => {
        const y = net(x);
        return [x, y, y, x, y.exp()];
      },
      [image],
    );
    const input = device.upload(x);
    const executable = await compileSegments(graph, device.compileFlat);
    const outputs = await executable.run([input]);
    expect(device.alive).toBe(6);
    input[Symbol.dispose]();
    outputs[1]![Symbol.dispose]();
    expect(await outputs[0]!.read()).toEqual(x);
    expect(await outputs[2]!.read()).toEqual(interpret(body, [x])[0]);
    for (const i of [0, 2, 3, 4]) outputs[i]![Symbol.dispose]();
    await executable[Symbol.asyncDispose]();
    expect([device.alive, device.open]).toEqual([0, 0]);
  });
  it("takes bodies that return an argument, or ignore one", async () => {
    const device = new Device();
    const same = trace((x) => x, [image]);
    const second = trace((_x, y) => y.exp(), [image, image]);
    const graph = trace((x) => x.trace.emit("Function", [x, net(x, same)], { name: "second", body: second, evaluations: 0 }), [image]);
    expectClose(await runOnce(device, graph), interpret(graph, [x]));
    expect([device.alive, device.open]).toEqual([0, 0]);
  });
  it("compiles a body once for all graphs and releases it with the last", async () => {
    const device = new Device();
    const cache = new FunctionCache();
    const first = await compileSegments(
      trace((x) => net(x), [image]),
      device.compileFlat,
      cache,
    );
    // Equal content, another object and other names.
    const copy = trace((z) => z.tanh().mul(3), [image], ["z"]);
    const second = await compileSegments(
      trace((x) => net(net(x, copy)), [image]),
      device.compileFlat,
      cache,
    );
    expect(device.compiled).toBe(1);
    await first[Symbol.asyncDispose]();
    expect(device.open).toBe(1);
    const input = device.upload(x);
    const [output] = await second.run([input]);
    output![Symbol.dispose]();
    await second[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    expect(device.open).toBe(0);
    await (
      await compileSegments(
        trace((x) => net(x), [image]),
        device.compileFlat,
        cache,
      )
    )[Symbol.asyncDispose]();
    expect(device.compiled).toBe(2);
  });
  it.each([0, 1, 2, 3])("leaks nothing when the device fails at run %d", async (failAfter) => {
    const device = new Device();
    const executable = await compileSegments(
      trace((x) => [net(x.mul(2)).add(1), x], [image]),
      device.compileFlat,
    );
    const input = device.upload(x);
    device.failAfter = failAfter;
    await expect(executable.run([input])).rejects.toThrow("device lost");
    expect(device.alive).toBe(1);
  });
  it("refuses to run after disposal", async () => {
    const executable = await compileSegments(
      trace((x) => x, [image]),
      new Device().compileFlat,
    );
    await executable[Symbol.asyncDispose]();
    await expect(executable.run([])).rejects.toThrow(/used after it was disposed/);
  });
  it("releases what was compiled when a later segment does not compile", async () => {
    const device = new Device();
    const cache = new FunctionCache();
    const failing = async (graph: Graph): Promise<Executable> => {
      if (device.compiled === 2) throw new Error("no kernel");
      return await device.compileFlat(graph);
    };
    await expect(
      compileSegments(
        trace((x) => net(x.mul(2)).add(1), [image]),
        failing,
        cache,
      ),
    ).rejects.toThrow("no kernel");
    expect(device.open).toBe(0);
  });
  it("tries a body again after it failed to compile", async () => {
    const device = new Device();
    const cache = new FunctionCache();
    const graph = trace((x) => net(x), [image]);
    await expect(compileSegments(graph, () => Promise.reject(new Error("busy")), cache)).rejects.toThrow("busy");
    await (await compileSegments(graph, device.compileFlat, cache))[Symbol.asyncDispose]();
    expect(device.open).toBe(0);
  });
});
