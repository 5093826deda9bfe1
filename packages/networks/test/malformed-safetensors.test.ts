import { isLeaderError, uniforms } from "@leader/core";
import { checkpointFromBytes } from "@leader/networks";
import { expect, it } from "vitest";

type Header = Record<string, unknown>;
const encode = (header: Header | string, data = 40, stated?: bigint): Uint8Array<ArrayBuffer> => {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, stated ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
};
const entry = (dtype: unknown, shape: unknown, offsets: unknown): Header => ({ dtype, shape, data_offsets: offsets });
const good = { a: entry("F32", [2, 3], [0, 24]), b: entry("F16", [8], [24, 40]) };

/** Wrong in one stated way each. */
const written: readonly Uint8Array<ArrayBuffer>[] = [
  ...[2n ** 63n, 2n ** 40n, 100_000_001n, 10_000n].map((stated) => encode(good, 40, stated)),
  ...[0, 39, 41, 4096].map((data) => encode(good, data)),
  ...["F99", "f32", 4, null, "", "F8_E4M3", "C64", ["F32"]].map((dtype) => encode({ ...good, a: entry(dtype, [2, 3], [0, 24]) })),
  ...[
    [2, -3],
    [2.5, 2],
    [4194305, 4194305, 211106198978564],
    [2 ** 53, 0, 1],
    [6, 1e300],
    "6",
    [["2"], 3],
    null,
    ["2", "3"],
    [0, 2 ** 60],
    [7],
  ].map((shape) => encode({ ...good, a: entry("F32", shape, [0, 24]) })),
  ...[[0, 23], [24, 0], [0, 24, 1], [-8, 16], [0.5, 24.5], [8, 32], [16, 40], [0], "0", null, [0, 2 ** 60], [1e300, 1e301]].map((offsets) =>
    encode({ ...good, a: entry("F32", [2, 3], offsets) }),
  ),
  ...[[], 7, null, "x", [1], { dtype: "F32" }].map((value) => encode({ ...good, a: value })),
  encode({ ...good, a: { ...entry("F32", [2, 3], [0, 24]), strides: [1, 2] } }),
  encode({ __metadata__: { format: 7 }, ...good }),
  encode({ __metadata__: [], ...good }),
  encode({ a: entry("F32", [2, 3], [0, 24]), b: entry("F32", [2, 3], [0, 24]), c: entry("F16", [8], [24, 40]) }),
  encode('{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"a":{"dtype":"F32","shape":[4],"data_offsets":[24,40]}}'),
  encode('{"a":{"dtype":"F32","shape":[10],"data_offsets":[0,40]},}'),
  encode('{"a":NaN}'),
  encode("{".repeat(100_000)),
  encode('{"a":' + "[".repeat(200_000)),
  encode("{}", 40),
  encode("{}", 1),
];

/** Random damage to the header of a good file, where it must not stay good. */
function mutants(count: number): Uint8Array<ArrayBuffer>[] {
  const source = encode(good);
  const header = source.length - 48;
  const draws = uniforms({ seed: 3, image: 0, step: 0, name: "safetensors" }, 3 * count * 2);
  const made: Uint8Array<ArrayBuffer>[] = [];
  for (let i = 0; made.length < count; i++) {
    const [where, what, how] = [draws[3 * i]!, draws[3 * i + 1]!, draws[3 * i + 2]!];
    const at = 8 + Math.floor(where * header);
    if (how < 0.3) made.push(source.slice(0, Math.floor(where * source.length)));
    else if (how < 0.6) made.push(new Uint8Array([...source.subarray(0, at), Math.floor(what * 256), ...source.subarray(at)]));
    // A control character is legal nowhere in JSON.
    else
      made.push(
        source.map((byte, j) =>
          j === at
            ? Math.floor(what * 32) | (Math.floor(what * 32) === 9 || Math.floor(what * 32) === 10 || Math.floor(what * 32) === 13 ? 1 : 0)
            : byte,
        ),
      );
  }
  return made;
}

it("refuses 500 malformed safetensors files with a code, fast and in little memory", async () => {
  const files = [...written, ...mutants(500 - written.length)];
  expect(files).toHaveLength(500);
  const start = process.cpuUsage();
  let most = 0;
  for (const [i, bytes] of files.entries()) {
    const before = process.memoryUsage();
    let code = "accepted";
    try {
      const checkpoint = await checkpointFromBytes("weights.safetensors", bytes);
      for (const tensor of checkpoint.tensors.values()) await tensor.elements();
    } catch (error) {
      code = isLeaderError(error) ? error.code : String(error);
    }
    const now = process.memoryUsage();
    most = Math.max(most, now.heapUsed + now.arrayBuffers - before.heapUsed - before.arrayBuffers);
    expect(code, `case ${i}: ${Buffer.from(bytes.subarray(8, 200)).toString("latin1")}`).toMatch(
      /^LEADER_CHECKPOINT_(UNREADABLE|REFUSED)$/u,
    );
  }
  const { user, system } = process.cpuUsage(start);
  console.log(`500 malformed files: ${((user + system) / 500 / 1e3).toFixed(2)} ms each, most memory ${(most / 2 ** 20).toFixed(1)} MiB`);
  expect((user + system) / 1e6).toBeLessThan(50);
  // Four times files of some hundred bytes is less than one error takes.
  expect(most).toBeLessThan(4 * 2 ** 20);
});
