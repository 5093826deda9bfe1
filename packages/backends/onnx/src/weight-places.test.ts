import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { StoredElements, storedFile, storedTensor, trace, type Graph, type HostTensor, type StoredType, type Tensor } from "@leader/graph";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOnnxBackend } from "./backend.js";
import { cpuOptions } from "./options.js";
import { commonFolder, nativeCanOpen, WeightPlaces } from "./weight-places.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-places-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = async (embeddedWeightBytes?: number) =>
  await createOnnxBackend(
    { prefer: ["cpu"], ...cpuOptions.parse({ threads: 1 }), ...(embeddedWeightBytes === undefined ? {} : { embeddedWeightBytes }) },
    { warn: () => undefined },
  );
const image: HostTensor = { shape: [1, 16, 8, 8], dtype: "float32", data: Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i)) };
const shape = [16, 16, 3, 3];
const numbers = Float32Array.from({ length: 2304 }, (_, i) => Math.round(16 * Math.cos(i)) / 16);
const bytes: Readonly<Record<StoredType, Uint8Array>> = {
  float32: new Uint8Array(numbers.buffer),
  float64: new Uint8Array(Float64Array.from(numbers).buffer),
  float16: halves(),
  bfloat16: new Uint8Array(Uint16Array.from(new Uint32Array(numbers.buffer), (word) => word >>> 16).buffer),
};
/** Sixteenths up to 1 in binary16, by the bits of float32: another exponent, and ten bits of the fraction. */
function halves(): Uint8Array {
  const words = new Uint32Array(numbers.buffer);
  const half = (word: number): number =>
    (word & 0x7fffffff) === 0 ? 0 : ((word >>> 16) & 0x8000) | (((word & 0x7fffffff) - 0x38000000) >>> 13);
  return new Uint8Array(Uint16Array.from(words, half).buffer);
}

function stored(type: StoredType, name = `${type} é.bin`): HostTensor {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([Buffer.from("abcde"), bytes[type]]));
  return storedTensor(new StoredElements(storedFile(path), 5, type, numbers.length), shape);
}
/** Weights as they are, and as derivatives read them. */
const graphOf = (...weights: readonly HostTensor[]): Graph =>
  trace(
    (x) => {
      const turned = (w: Tensor): Tensor => w.transpose([1, 0, 2, 3]).flip([2, 3]);
      return weights.map((value) => {
        const w = x.trace.constant(value);
        return x.conv(w, { pads: [1, 1, 1, 1] }).conv(turned(w), { pads: [1, 1, 1, 1] });
      });
    },
    [image],
  );

async function run(graph: Graph, embeddedWeightBytes?: number): Promise<readonly HostTensor["data"][]> {
  await using backend = await open(embeddedWeightBytes);
  await using executable = await backend.compile(graph);
  const outputs = await executable.run([await backend.upload(image)]);
  return await Promise.all(outputs.map(async (output) => (await output.read()).data));
}

describe("weights in files", () => {
  for (const type of ["float32", "float64", "float16", "bfloat16"] as const) {
    it(`are taken from where they lie as ${type}, whatever their alignment, with the result of weights in memory`, async () => {
      expect(await run(graphOf(stored(type)))).toEqual(await run(graphOf({ shape, dtype: "float32", data: numbers })));
    });
  }

  it("go together with others in memory that are many, and nothing is left behind", async () => {
    const temporary = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("leader-weights-"));
    const before = temporary();
    const memory: HostTensor = { shape, dtype: "float32", data: numbers.map((value) => value / 2) };
    const graph = (first: HostTensor): Graph => graphOf(first, memory);
    expect(await run(graph(stored("float32")), 5000)).toEqual(await run(graph({ shape, dtype: "float32", data: numbers })));
    expect(temporary().filter((name) => !before.includes(name))).toEqual([]);
  });

  it("are refused where the file has changed since it was read", async () => {
    const graph = graphOf(stored("float32", "touched.bin"));
    utimesSync(join(folder, "touched.bin"), 1, 1);
    await expect(run(graph)).rejects.toMatchObject({ code: "LEADER_WEIGHTS_CHANGED" });
    rmSync(join(folder, "touched.bin"));
    await expect(run(graph)).rejects.toMatchObject({ code: "LEADER_WEIGHTS_CHANGED" });
  });

  it("are copied where only Node can open the file, as in the archives of Plug'n'Play", async () => {
    const graph = graphOf(stored("float32", "zipped.bin"));
    const places = async (isOnDisk: (path: string) => boolean): Promise<WeightPlaces> => await WeightPlaces.of(graph, 2 ** 20, isOnDisk);
    const file = { path: join(folder, "zipped.bin"), stamp: "" };
    expect((await places(() => true)).external.inPlace?.(file)).toBe("zipped.bin");
    expect((await places(() => false)).external.inPlace?.(file)).toBeUndefined();
    expect((await places(() => false)).base).toBeUndefined();
    const zipped = "/p/.yarn/cache/prior.zip/node_modules/prior/prior.onnx";
    expect(nativeCanOpen(zipped, "3")).toBe(false);
    expect(nativeCanOpen("/p/.yarn/__virtual__/prior/1/prior.onnx", "3")).toBe(false);
    expect(nativeCanOpen("/p/.yarn/unplugged/prior/prior.onnx", "3")).toBe(true);
    expect(nativeCanOpen(zipped, undefined)).toBe(true);
  });

  it("have the deepest folder that holds all of them", () => {
    const at = (...parts: readonly string[]): string => resolve("/", ...parts);
    expect(commonFolder([])).toBeUndefined();
    expect(commonFolder([at("a", "b")])).toBe(at("a", "b"));
    expect(commonFolder([at("a", "b"), at("a", "bc"), at("a", "b", "c")])).toBe(at("a"));
    expect(commonFolder([at("a"), at("b")])).toBe(at());
  });
});
