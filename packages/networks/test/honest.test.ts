import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkpointFromBytes, type Checkpoint } from "@leader/networks";
import { describe, expect, it } from "vitest";
import { makeZip } from "./make-zip.js";
import { PickleWriter, streamFile, writeTensor, type TestStorage } from "./make-pickle.js";
import { arr } from "./restated/arrays.js";
import { safetensorsOf } from "./write-safetensors.js";

const values = Float32Array.from({ length: 24 }, (_, i) => Math.fround(Math.sin(i) * 3));
const storage = (key: string, data: ArrayBufferView & { readonly length: number }, type = "FloatStorage"): TestStorage => ({
  key,
  type,
  elements: data.length,
  bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});
const weight = storage("0", values);
const second = storage("1", Float32Array.of(1, -0, Infinity, 1e-40));

type Write = (writer: PickleWriter) => unknown;
const tensors =
  (stream: boolean, prefix = "", location = "cpu"): Write =>
  (w) =>
    w.dict(
      [
        [`${prefix}w`, (i) => writeTensor(i, { storage: weight, shape: [2, 3, 4] }, stream, location)],
        [`${prefix}b`, (i) => writeTensor(i, { storage: second, shape: [4] }, stream, location)],
      ],
      true,
    );

const pickled = (object: Write): Uint8Array => {
  const writer = new PickleWriter().protocol();
  object(writer);
  return writer.stop().result;
};
const zip = (object: Write, root = "archive", storages = [weight, second]): Uint8Array<ArrayBuffer> =>
  makeZip(
    [
      { name: `${root}/data.pkl`, bytes: pickled(object) },
      { name: `${root}/byteorder`, bytes: Buffer.from("little") },
      ...storages.map(({ key, bytes }) => ({ name: `${root}/data/${key}`, bytes })),
      { name: `${root}/version`, bytes: Buffer.from("3\n") },
    ],
    { align: 64, open: true },
  );
const wrapped =
  (key: string, object: Write, others: readonly (readonly [string, Write])[] = []): Write =>
  (w) =>
    w.dict([...others, [key, object]]);

/** The bits, so that -0 and NaN count. */
async function bits(checkpoint: Checkpoint, name: string): Promise<Uint8Array> {
  const elements = await checkpoint.tensors.get(name)!.elements();
  return new Uint8Array(elements.buffer.slice(elements.byteOffset, elements.byteOffset + elements.byteLength));
}

const plain: Readonly<Record<string, () => Uint8Array<ArrayBuffer>>> = {
  "torch.save, zip": () => zip(tensors(false)),
  "torch.save, zip, saved on a GPU": () => zip(tensors(false, "", "cuda:0")),
  "torch.save, zip, renamed root": () => zip(tensors(false), "256x256_diffusion_uncond"),
  "torch.save, stream": () => streamFile(tensors(true), [weight, second]),
  DataParallel: () => zip(tensors(false, "module.")),
  "torch.compile": () => zip(tensors(false, "_orig_mod.")),
  "DataParallel inside a trainer's `model`": () => zip(wrapped("model", tensors(false, "module."))),
  "`state_dict` beside an epoch and a loss": () =>
    zip(
      wrapped("state_dict", tensors(false), [
        ["epoch", (w) => w.int(7)],
        ["loss", (w) => w.bytes(0x47, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0)],
      ]),
    ),
  "`ema` beside other weights": () =>
    zip(wrapped("ema", tensors(false), [["state_dict", (w) => w.dict([["w", (i) => writeTensor(i, { storage: second, shape: [4] })]])]])),
  "`params_ema` of BasicSR": () => zip(wrapped("params_ema", tensors(false))),
  "a list of weights, optimiser, epoch, step and averages": () =>
    streamFile(
      (w) => {
        w.bytes(0x5d).mark();
        w.dict([["w", (i) => writeTensor(i, { storage: second, shape: [4] }, true)]]);
        w.emptyDict().int(3).int(900);
        tensors(true)(w);
        w.bytes(0x65);
      },
      [second, weight],
    ),
  "Lightning: `state_dict` of `model.diffusion_model.`": () => zip(wrapped("state_dict", tensors(false, "model.diffusion_model."))),
  "arguments of a command line beside the weights": () =>
    zip(
      wrapped("model", tensors(false), [
        [
          "args",
          (w) =>
            w
              .global("argparse", "Namespace")
              .bytes(0x29, 0x81)
              .dict([["lr", (i) => i.int(1)]])
              .bytes(0x62),
        ],
      ]),
    ),
  "a number of NumPy beside the weights": () =>
    zip(
      wrapped("model", tensors(false), [
        [
          "best",
          (w) =>
            w
              .global("numpy.core.multiarray", "scalar")
              .tuple(
                (i) =>
                  i
                    .global("numpy", "dtype")
                    .tuple(
                      (t) => t.text("f8"),
                      (t) => t.bytes(0x89),
                      (t) => t.bytes(0x88),
                    )
                    .reduce(),
                (i) =>
                  i
                    .global("_codecs", "encode")
                    .tuple(
                      (t) => t.text("abc"),
                      (t) => t.text("latin1"),
                    )
                    .reduce(),
              )
              .reduce(),
        ],
      ]),
    ),
  "module metadata set by BUILD": () =>
    zip((w) => {
      tensors(false)(w);
      w.dict([["_metadata", (i) => i.orderedDict()]]).bytes(0x62);
    }),
  "parameters instead of tensors": () =>
    zip((w) =>
      w.dict([
        [
          "w",
          (i) =>
            i
              .global("torch._utils", "_rebuild_parameter")
              .tuple(
                (t) => writeTensor(t, { storage: weight, shape: [2, 3, 4] }),
                (t) => t.bytes(0x88),
                (t) => t.orderedDict(),
              )
              .reduce(),
        ],
        ["b", (i) => writeTensor(i, { storage: second, shape: [4] })],
      ]),
    ),
  "both tensors in one storage": () => {
    const both = storage("5", Float32Array.from([...values, 1, -0, Infinity, 1e-40]));
    return zip(
      (w) =>
        w.dict([
          ["w", (i) => writeTensor(i, { storage: both, shape: [2, 3, 4] })],
          ["b", (i) => writeTensor(i, { storage: both, offset: 24, shape: [4] })],
        ]),
      "a",
      [both],
    );
  },
  "a transposed view": () => {
    const columns = storage(
      "9",
      Float32Array.from({ length: 24 }, (_, i) => values[(i % 6) * 4 + Math.floor(i / 6)]!),
    );
    return zip(
      (w) =>
        w.dict([
          ["w", (i) => writeTensor(i, { storage: columns, shape: [2, 3, 4], strides: [3, 1, 6] })],
          ["b", (i) => writeTensor(i, { storage: second, shape: [4] })],
        ]),
      "a",
      [columns, second],
    );
  },
  safetensors: () =>
    safetensorsOf(
      new Map([
        ["w", arr([2, 3, 4], (i) => values[i]!)],
        ["b", arr([4], (i) => [1, -0, Infinity, 1e-40][i]!)],
      ]),
    ),
  "safetensors whose header length begins like a pickle": () => {
    for (let pad = 0; ; pad++) {
      const bytes = safetensorsOf(
        new Map([
          ["w", arr([2, 3, 4], (i) => values[i]!)],
          ["b", arr([4], (i) => [1, -0, Infinity, 1e-40][i]!)],
        ]),
        { pad: "x".repeat(pad) },
      );
      if (bytes[0] === 0x80) return bytes;
    }
  },
};

describe("honest checkpoints load to the last bit", () => {
  it.each(Object.keys(plain))("%s", async (name) => {
    const checkpoint = await checkpointFromBytes("weights.pt", plain[name]!());
    expect([...checkpoint.tensors.keys()].sort()).toEqual(["b", "w"]);
    expect(checkpoint.tensors.get("w")!.shape).toEqual([2, 3, 4]);
    expect(await bits(checkpoint, "w")).toEqual(new Uint8Array(values.buffer));
    expect(await bits(checkpoint, "b")).toEqual(new Uint8Array(second.bytes));
  });

  it("there are at least twenty", () => expect(Object.keys(plain).length).toBeGreaterThanOrEqual(20));
});

/** What tools/goldens/make_checkpoint_fixtures.py had PyTorch and NumPy save, and the float32 values it stated. */
interface Stated {
  readonly files: Readonly<
    Record<string, Readonly<Record<string, { readonly type: string; readonly shape: readonly number[]; readonly bits: string }>>>
  >;
}
const folder = join(import.meta.dirname, "fixtures");
const stated = JSON.parse(readFileSync(join(folder, "stated.json"), "utf8")) as Stated;

describe("files that PyTorch and NumPy wrote", () => {
  it.each(Object.keys(stated.files))("%s", async (file) => {
    const checkpoint = await checkpointFromBytes(file, new Uint8Array(readFileSync(join(folder, file))));
    const expected = stated.files[file]!;
    expect([...checkpoint.tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { type, shape, bits: hex }] of Object.entries(expected)) {
      expect(checkpoint.tensors.get(name)).toMatchObject({ type, shape });
      expect(Buffer.from(await bits(checkpoint, name)).toString("hex")).toBe(hex);
    }
  });
});
