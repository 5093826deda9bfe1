import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTfjsBackend } from "@leader/backend-tfjs";
import { trace, type Graph } from "@leader/core";
import { fromBfloat16, fromHalves, type HostTensor } from "@leader/graph";
import { loadWeights, networkGraph, openCheckpoint, recognise } from "@leader/networks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { derivative, float32, relativeError, runGraph, scalar } from "./agreement.js";
import { admForward, type AdmCase } from "./restated/adm.js";
import { random, StateDict, type Arr } from "./restated/arrays.js";
import { safetensorsOf } from "./write-safetensors.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-halves-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const adm: AdmCase = { C: 32, mult: [1, 2], B: 1, attn: [1], out: 6, updown: true, scaleShift: true, headChannels: 16, newOrder: false };
const x = random("halves", [1, 3, 4, 4]);
const weights = new StateDict();
admForward(adm, weights, x, 299);

/** The upper bits of float32: exact for bfloat16. For float16, normal numbers are enough here; smaller ones become 0. */
const encode = {
  BF16: (word: number): number => word >>> 16,
  F16: (word: number): number => {
    const exponent = ((word >>> 23) & 255) - 112;
    return exponent < 1 ? 0 : ((word >>> 16) & 0x8000) | (exponent << 10) | ((word >>> 13) & 0x3ff);
  },
} as const;
const decode = { BF16: fromBfloat16, F16: fromHalves } as const;
type Half = keyof typeof encode;

function files(type: Half): { readonly half: string; readonly full: string } {
  const bits = new Map(
    [...weights.entries].map(([name, { shape, data }]) => {
      const words = new Uint32Array(Float32Array.from(data).buffer);
      return [name, { shape, bits: Uint16Array.from(words, encode[type]) }] as const;
    }),
  );
  let at = 0;
  const header = Object.fromEntries(
    [...bits].map(([name, { shape, bits: b }]) => [name, { dtype: type, shape, data_offsets: [at, (at += b.byteLength)] }]),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const [half, full] = [join(folder, `${type}.safetensors`), join(folder, `${type}-full.safetensors`)];
  writeFileSync(half, Buffer.concat([length, text, ...[...bits.values()].map(({ bits: b }) => new Uint8Array(b.buffer))]));
  const values = new Map(
    [...bits].map(([name, { shape, bits: b }]): [string, Arr] => [name, { shape, data: Float64Array.from(decode[type](b)) }]),
  );
  writeFileSync(full, safetensorsOf(values));
  return { half, full };
}

async function graphOf(path: string): Promise<Graph> {
  const checkpoint = await openCheckpoint(path);
  try {
    const recognised = recognise(checkpoint, undefined, { headChannels: 16 });
    return networkGraph(recognised.network, await loadWeights(checkpoint, recognised), x.shape);
  } finally {
    await checkpoint.close();
  }
}

const call = (body: Graph): Graph =>
  trace(
    (state, level) => state.trace.emit("Function", [state, level], { name: "network", body, evaluations: 1 }),
    body.params.map(({ aval }) => aval),
  );

async function onTfjs(graph: Graph, inputs: readonly HostTensor[]): Promise<Float32Array> {
  await using backend = await createTfjsBackend({ prefer: ["cpu"] }, { warn: () => undefined });
  await using executable = await backend.compile(graph);
  const uploaded = await Promise.all(inputs.map((input) => backend.upload(input)));
  const [output] = await executable.run(uploaded);
  return (await output!.read()).data as Float32Array;
}

describe("weights of 16 bits", () => {
  it.each(["F16", "BF16"] as const)("%s give what the same numbers give as float32: picture, derivative, TF.js", async (type) => {
    const { half, full } = files(type);
    const [ours, theirs] = [await graphOf(half), await graphOf(full)];
    const inputs = [float32(x), scalar(299)];
    const expected = (await runGraph(call(theirs), inputs))[0]!;
    expect((await runGraph(call(ours), inputs))[0]).toEqual(expected);
    const [v, u] = [random("v", [1, 6, 4, 4]), random("u", [1, 3, 4, 4])];
    const slope = await derivative(theirs, inputs, v, u);
    expect(Math.abs((await derivative(ours, inputs, v, u)) - slope)).toBeLessThan(1e-5 * Math.abs(slope));
    expect(relativeError(await onTfjs(call(ours), inputs), expected)).toBeLessThan(1e-5);
  });
});
