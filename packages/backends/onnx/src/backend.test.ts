import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import * as onnxruntime from "onnxruntime-node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { trace, type Backend, type Graph, type HostTensor, type Tensor } from "@leader/graph";
import { createOnnxBackend, type OnnxBackendOptions } from "./index.js";
import { cpuOptions } from "./options.js";

const vector = { shape: [3], dtype: "float32" } as const;
const ones: HostTensor = { ...vector, data: Float32Array.of(1, 1, 1) };
const weights: HostTensor = { shape: [3, 1000], dtype: "float32", data: Float32Array.from({ length: 3000 }, (_, i) => i) };

const opened: Backend[] = [];
async function open(options: Partial<OnnxBackendOptions> = {}, warnings: string[] = []): Promise<Backend> {
  const all = { ...cpuOptions.parse({ threads: 1 }), prefer: ["cpu"] as const, ...options };
  const backend = await createOnnxBackend(all, { warn: (code, message) => void warnings.push(`${code}: ${message}`) });
  opened.push(backend);
  return backend;
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const backend of opened.splice(0)) await backend[Symbol.asyncDispose]();
});

/** Inputs of ones; the results as lists. */
async function run(backend: Backend, graph: Graph): Promise<readonly (readonly number[])[]> {
  const executable = await backend.compile(graph);
  const inputs = await Promise.all(graph.params.map(() => backend.upload(ones)));
  const outputs = await executable.run(inputs);
  const values = await Promise.all(outputs.map(async (output) => [...(await output.read()).data]));
  await executable[Symbol.asyncDispose]();
  return values;
}

const call = (x: Tensor, body: Graph): Tensor => x.trace.emit("Function", [x], { name: "network", body, evaluations: 1 });
const heavy = trace((x) => x.reshape([1, 3]).matmul(x.trace.constant(weights)).sum([0, 1], { keepDims: false }).expand([3]), [vector]);

describe("providers", () => {
  it("says where it computes", async () => {
    const warnings: string[] = [];
    const backend = await open({ threads: 2 }, warnings);
    expect(backend.description).toMatch(/^onnxruntime \d+\.\d+\.\d+, cpu, 2 threads$/u);
    expect(warnings).toEqual([]);
  });

  it("falls back in order, and says why and what to do", async () => {
    const absent = process.platform === "darwin" ? "directml" : "coreml";
    const warnings: string[] = [];
    const backend = await open({ prefer: [absent, "cpu"] }, warnings);
    expect(backend.description).toContain(
      `cpu, 1 thread (passed over: ${absent}: not part of onnxruntime-node for ${process.platform}-${process.arch})`,
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^LEADER_ONNXRUNTIME_PROVIDER_FALLBACK: running on cpu: .* exists on /u);
    expect(
      await run(
        backend,
        trace((x) => x.add(1), [vector]),
      ),
    ).toEqual([[2, 2, 2]]);
  });

  it("fails with every reason where falling back is not allowed", async () => {
    const absent = process.platform === "darwin" ? "directml" : "coreml";
    await expect(open({ prefer: [absent] })).rejects.toMatchObject({
      code: "LEADER_ONNXRUNTIME_PROVIDER_UNAVAILABLE",
      message: expect.stringContaining(`${absent}: not part of`) as string,
      hint: expect.stringContaining("#cpu") as string,
    });
  });

  it("passes over a provider that computes something wrong", async () => {
    const { create } = onnxruntime.InferenceSession;
    vi.spyOn(onnxruntime.InferenceSession, "create").mockImplementation((async (
      model: Uint8Array,
      options: onnxruntime.InferenceSession.SessionOptions,
    ) => {
      const session = await create(model, { ...options, executionProviders: ["cpu"] });
      if (options.executionProviders?.[0] === "webgpu") {
        session.run = () => Promise.resolve({ y: new onnxruntime.Tensor("float32", Float32Array.of(0, 0), [2]) });
      }
      return session;
    }) as typeof create);
    const backend = await open({ prefer: ["webgpu", "cpu"] });
    expect(backend.description).toContain("webgpu: computed 1 + 1 = 0");
  });
});

describe("sessions", () => {
  it("compiles a function once however many graphs call it, and again only after the last of them is gone", async () => {
    const backend = await open();
    const create = vi.spyOn(onnxruntime.InferenceSession, "create");
    const first = await backend.compile(trace((x) => call(x, heavy), [vector]));
    const second = await backend.compile(trace((x) => call(call(x.neg(), heavy), heavy), [vector]));
    // The function, and one graph for `neg`.
    expect(create).toHaveBeenCalledTimes(2);
    await first[Symbol.asyncDispose]();
    const third = await backend.compile(trace((x) => call(x, heavy), [vector]));
    expect(create).toHaveBeenCalledTimes(2);
    await second[Symbol.asyncDispose]();
    await third[Symbol.asyncDispose]();
    await backend.compile(trace((x) => call(x, heavy), [vector]));
    expect(create).toHaveBeenCalledTimes(3);
  });

  it("loads a network once however many backends of the same settings call it", async () => {
    const [one, other, otherThreads] = [await open(), await open(), await open({ threads: 2 })];
    const create = vi.spyOn(onnxruntime.InferenceSession, "create");
    const graph = trace((x) => call(x, heavy), [vector]);
    const first = await run(one, graph);
    const kept = await one.compile(graph);
    expect(create).toHaveBeenCalledTimes(2);
    expect(await run(other, graph)).toEqual(first);
    await kept[Symbol.asyncDispose]();
    expect(create).toHaveBeenCalledTimes(2);
    await one.compile(graph);
    await one[Symbol.asyncDispose]();
    expect(await run(otherThreads, graph)).toEqual(first);
    expect(create).toHaveBeenCalledTimes(4);
  });

  it("gives large weights to the runtime as a file, computes the same, and leaves nothing behind", async () => {
    const leftovers = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("leader-weights-"));
    const before = leftovers();
    const embedded = await run(await open(), heavy);
    const create = vi.spyOn(onnxruntime.InferenceSession, "create");
    const outside = await open({ embeddedWeightBytes: 5000 });
    expect(await run(outside, heavy)).toEqual(embedded);
    expect(JSON.stringify(create.mock.calls.at(-1)?.[1])).toContain("model_external_initializers_file_folder_path");
    await outside[Symbol.asyncDispose]();
    expect(leftovers().filter((name) => !before.includes(name))).toEqual([]);
  });

  it("releases what the caller forgot when the backend ends", async () => {
    const backend = await open();
    const executable = await backend.compile(trace((x) => x.exp(), [vector]));
    const x = await backend.upload(ones);
    await backend[Symbol.asyncDispose]();
    await expect(executable.run([x])).rejects.toMatchObject({ code: "LEADER_USE_AFTER_DISPOSE" });
  });

  it("names graph, provider and stage when a run fails", async () => {
    const backend = await open();
    const graph = trace((x, i) => x.gather(i, 0), [vector, { shape: [1], dtype: "int32" }]);
    const scoped = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, scope: "operator/inpainting" })) };
    const executable = await backend.compile(scoped);
    const inputs = [await backend.upload(ones), await backend.upload({ shape: [1], dtype: "int32", data: Int32Array.of(99) })];
    await expect(executable.run(inputs)).rejects.toMatchObject({
      code: "LEADER_ONNXRUNTIME_RUN_FAILED",
      message: expect.stringMatching(
        /\(cpu\) failed while running the graph of 1 nodes \(operator\/inpainting\): .*indices element out of data bounds/u,
      ) as string,
      stage: "operator/inpainting",
    });
  });

  it("refuses tensors of another backend and arrays of the wrong length", async () => {
    const backend = await open();
    const executable = await backend.compile(trace((x) => x.exp(), [vector], ["state"]));
    const foreign = { ...vector, read: () => Promise.resolve(ones), [Symbol.dispose]: () => undefined };
    await expect(executable.run([foreign])).rejects.toMatchObject({
      code: "LEADER_BAD_ARGUMENT",
      message: expect.stringContaining("`state`") as string,
    });
    await expect(backend.upload({ ...vector, data: new Float32Array(4) })).rejects.toMatchObject({ code: "LEADER_BAD_ARGUMENT" });
  });

  it("gives the same bits with one thread and with several", async () => {
    const graph = trace(
      (x) =>
        x
          .reshape([1, 1, 1, 3])
          .expand([1, 8, 40, 3])
          .conv(
            x.trace.constant({ shape: [16, 8, 3, 3], dtype: "float32", data: Float32Array.from({ length: 1152 }, (_, i) => Math.sin(i)) }),
          ),
      [vector],
    );
    expect(await run(await open({ threads: 4 }), graph)).toEqual(await run(await open({ threads: 1 }), graph));
  });

  for (const spinning of ["during-run", "always", "never"] as const) {
    it(`waits ${spinning}`, async () => {
      expect(
        await run(
          await open({ threads: 2, spinning }),
          trace((x) => x.mul(3), [vector]),
        ),
      ).toEqual([[3, 3, 3]]);
    });
  }
});

describe("the memory pattern", () => {
  const plane = { shape: [1, 1, 64, 64], dtype: "float32" } as const;
  const filter = (channels: number): HostTensor => ({
    shape: [channels, channels, 3, 3],
    dtype: "float32",
    data: new Float32Array(9 * channels ** 2),
  });
  const options = (): unknown => vi.mocked(onnxruntime.InferenceSession.create).mock.lastCall?.[1];

  it("is not planned on the cpu, which gains no time by its second block, unless the pipeline says so", async () => {
    vi.spyOn(onnxruntime.InferenceSession, "create");
    const blur = trace((x) => x.conv(x.trace.constant(filter(1)), { pads: [1, 1, 1, 1] }), [plane]);
    const network = trace((x) => x.conv(x.trace.constant(filter(2)), { pads: [1, 1, 1, 1] }), [{ ...plane, shape: [1, 2, 64, 64] }]);
    const backend = await open();
    await (await backend.compile(network))[Symbol.asyncDispose]();
    expect(options()).toMatchObject({ enableMemPattern: false, enableCpuMemArena: true });
    await (await backend.compile(blur))[Symbol.asyncDispose]();
    expect(options()).toMatchObject({ enableMemPattern: false, enableCpuMemArena: false });
    const wide = { shape: [1, 1, 9, 9], dtype: "float32", data: new Float32Array(81).fill(1 / 81) } as const;
    const inBlocks = trace((x) => x.conv(x.trace.constant(wide), { pads: [4, 4, 4, 4] }), [plane]);
    await (await backend.compile(inBlocks))[Symbol.asyncDispose]();
    expect(options()).toMatchObject({ enableMemPattern: false, enableCpuMemArena: false });
    await (await (await open({ memoryPattern: true })).compile(blur))[Symbol.asyncDispose]();
    expect(options()).toMatchObject({ enableMemPattern: true });
  });
});
