import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { HostTensor } from "../src/values.js";
import { externalDataReader, inspectOnnx, readOnnx, type ImportedGraph } from "../src/onnx/index.js";
import { interpret } from "../src/reference/index.js";

const folder = fileURLToPath(new URL("./onnx-fixtures", import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".onnx"))
  .map((file) => file.replace(/\.onnx$/, ""));

interface Encoded {
  readonly dtype: "float32" | "int32";
  readonly shape: readonly number[];
  readonly data: string;
}
interface Recording {
  readonly opset: number;
  readonly inputs: Readonly<Record<string, Encoded>>;
  readonly outputs: Readonly<Record<string, Encoded>>;
}

function decode({ dtype, shape, data }: Encoded): HostTensor {
  const { buffer } = Uint8Array.from(Buffer.from(data, "base64"));
  return { shape, dtype, data: dtype === "float32" ? new Float32Array(buffer) : new Int32Array(buffer) };
}

const recordOf = (name: string): Recording => JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) as Recording;
const bytesOf = (name: string): Uint8Array => readFileSync(`${folder}/${name}.onnx`);

function read(name: string, shapes: Readonly<Record<string, readonly number[]>>): ImportedGraph {
  return readOnnx(bytesOf(name), { fileName: `${name}.onnx`, inputShapes: shapes, externalData: externalDataReader(folder) });
}

/** ||actual - expected|| / ||expected||. */
function relativeError(actual: HostTensor, expected: HostTensor): number {
  let [error, norm] = [0, 0];
  expected.data.forEach((want, i) => {
    error += (actual.data[i]! - want) ** 2;
    norm += want ** 2;
  });
  return Math.sqrt(error / norm);
}

describe("networks as PyTorch exports them", () => {
  it("has fixtures of both exporters, old and new operator sets, open axes, halves and weights beside the file", () => {
    expect(names).toEqual([
      "layers-dynamo-18",
      "layers-dynamo-21",
      "layers-torchscript-14",
      "layers-torchscript-17",
      "unet-dynamo-18-dynamic",
      "unet-dynamo-18-external",
      "unet-dynamo-21",
      "unet-torchscript-13",
      "unet-torchscript-17-dynamic",
      "unet-torchscript-17-half",
    ]);
  });

  it.each(names)("%s computes what PyTorch computed", (name) => {
    const { opset, inputs, outputs } = recordOf(name);
    expect(inspectOnnx(bytesOf(name)).opset).toBe(opset);
    const shapes = Object.fromEntries(Object.entries(inputs).map(([input, { shape }]) => [input, shape]));
    const imported = read(name, shapes);
    const results = interpret(
      imported.graph,
      imported.inputs.map((input) => decode(inputs[input.name]!)),
    );
    expect(imported.outputs.map((output) => output.name)).toEqual(Object.keys(outputs));
    Object.values(outputs).forEach((expected, i) => {
      expect(results[i]!.shape).toEqual(expected.shape);
      expect(relativeError(results[i]!, decode(expected))).toBeLessThan(1e-5);
    });
  });

  it.each(names.filter((name) => name.includes("dynamic")))("%s also reads at other sizes", (name) => {
    const { inputs, outputs } = recordOf(name);
    const [first, second] = Object.keys(inputs) as [string, string];
    const imported = read(name, { [first]: [1, 3, 20, 16], [second]: [1] });
    const channels = Object.values(outputs)[0]!.shape[1]!;
    expect(imported.outputs[0]!.aval.shape).toEqual([1, channels, 20, 16]);
  });
});
