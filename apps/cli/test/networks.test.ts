import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectOnnx } from "@leader/graph/onnx";
import { normals } from "@leader/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordsOf, runCli } from "./run-cli.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-networks-"));
  await writeFile(join(folder, "drunet.safetensors"), smallDrunet());
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A DRUNet of a few channels, random weights. */
function smallDrunet(): Uint8Array {
  const widths = [4, 8, 8, 8] as const;
  const shapes: [string, number[]][] = [["m_head.weight", [4, 4, 3, 3]]];
  const blocks = (name: string, first: number, width: number): void => {
    for (const part of [0, 2]) shapes.push([`${name}.${first}.res.${part}.weight`, [width, width, 3, 3]]);
  };
  for (const i of [1, 2, 3] as const) {
    blocks(`m_down${i}`, 0, widths[i - 1]!);
    shapes.push([`m_down${i}.1.weight`, [widths[i], widths[i - 1]!, 2, 2]]);
  }
  blocks("m_body", 0, widths[3]);
  for (const i of [3, 2, 1] as const) {
    shapes.push([`m_up${i}.0.weight`, [widths[i], widths[i - 1]!, 2, 2]]);
    blocks(`m_up${i}`, 1, widths[i - 1]!);
  }
  shapes.push(["m_tail.weight", [3, 4, 3, 3]]);
  let at = 0;
  const header = Object.fromEntries(
    shapes.map(([name, shape]) => {
      const begin = at;
      at += 4 * shape.reduce((a, b) => a * b, 1);
      return [name, { dtype: "F32", shape, data_offsets: [begin, at] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const data = Float32Array.from(normals({ seed: 1, image: 0, step: 0, name: "drunet" }, at / 4), (value) => value / 10);
  return Buffer.concat([length, text, new Uint8Array(data.buffer)]);
}

describe("inspect and import", () => {
  it("say what a checkpoint is, and write it as an ONNX file", async () => {
    const inspected = await runCli(["inspect", "drunet.safetensors", "--json"], { cwd: folder });
    expect(inspected.code).toBe(0);
    expect(recordsOf(inspected)[0]).toMatchObject({
      format: "safetensors",
      tensors: 22,
      usage: { predicts: "x0", state: "variance-exploding", range: "[0,1]" },
    });
    const made = await runCli(["import", "drunet.safetensors", "-o", "drunet.onnx", "--size", "16x24"], { cwd: folder });
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: "" });
    expect(inspectOnnx(await readFile(join(folder, "drunet.onnx"))).inputs).toEqual([
      { name: "x", type: "float32", shape: [1, 3, 16, 24] },
      { name: "sigma", type: "float32", shape: [] },
    ]);
    const again = await runCli(["import", "drunet.safetensors", "-o", "drunet.onnx"], { cwd: folder });
    expect(again.stderr).toContain("LEADER_CLI_OUTPUT_EXISTS");
    const network = await runCli(["inspect", "drunet.onnx"], { cwd: folder });
    expect(network.stdout).toContain("x float32[1,3,16,24]");
  });

  it("say why a file is none", async () => {
    await writeFile(
      join(folder, "hostile.pt"),
      Buffer.concat([Buffer.from([0x80, 2]), Buffer.from("cos\nsystem\n(X\u0004\u0000\u0000\u0000exit\u0085R.", "latin1")]),
    );
    const refused = await runCli(["inspect", "hostile.pt"], { cwd: folder });
    expect(refused.stderr).toMatch(/LEADER_CHECKPOINT_REFUSED[^]*`os\.system`/u);
    expect(refused.code).not.toBe(0);
  });
});
