import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { TensorProtoSchema } from "onnx-buf";
import type { HostTensor } from "@leader/graph";
import { tensorFromProto } from "@leader/graph/onnx";

/** A folder with a model and data for it, laid out as the ONNX project's backend tests. */
export interface Case {
  /** Path within the folder that was given. */
  readonly name: string;
  readonly folder: string;
  /** Folders of inputs and expected outputs. */
  readonly dataSets: readonly string[];
}

/** One set of inputs and expected outputs; undefined stands for what is no tensor of a type that the reader has. */
export interface DataSet {
  readonly inputs: readonly (HostTensor | undefined)[];
  readonly outputs: readonly (HostTensor | undefined)[];
}

/** Every folder below `root` that holds a `model.onnx`, by name. */
export async function findCases(root: string): Promise<readonly Case[]> {
  const found: Case[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    if (entries.some((entry) => entry.name === "model.onnx")) {
      const dataSets = folders.filter((name) => name.startsWith("test_data_set_")).sort();
      found.push({ name: relative(root, folder), folder, dataSets: dataSets.map((name) => join(folder, name)) });
    } else for (const name of folders) await visit(join(folder, name));
  };
  await visit(root);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function readDataSet(folder: string): Promise<DataSet> {
  const names = await readdir(folder);
  const tensors = async (kind: string): Promise<readonly (HostTensor | undefined)[]> => {
    const count = names.filter((name) => name.startsWith(`${kind}_`) && name.endsWith(".pb")).length;
    return await Promise.all(Array.from({ length: count }, async (_, i) => parse(await readFile(join(folder, `${kind}_${i}.pb`)))));
  };
  return { inputs: await tensors("input"), outputs: await tensors("output") };
}

function parse(bytes: Uint8Array): HostTensor | undefined {
  try {
    return tensorFromProto(fromBinary(TensorProtoSchema, bytes), { file: "test data" });
  } catch {
    return undefined;
  }
}
