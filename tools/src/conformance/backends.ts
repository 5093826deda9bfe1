import type { Backend } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import type { Stages } from "@leader/core";
import onnx from "@leader/backend-onnx";
import tfjs from "@leader/backend-tfjs";

/** Names of `--backend`: the first device of a package, or one of its stages by name. */
export const backendNames: readonly string[] = [
  "reference",
  "onnx",
  ...Object.keys(onnx.stages).map((stage) => `onnx:${stage}`),
  "tfjs",
  ...Object.keys(tfjs.stages).map((stage) => `tfjs:${stage}`),
];

/** Starts a backend by its name, with its other options as given; without falling back to another device. */
export async function makeBackend(name: string, given: Readonly<Record<string, unknown>> = {}): Promise<Backend> {
  if (name === "reference") return referenceBackend({ checkFinite: false });
  const [family, stage = family === "onnx" ? "cpu" : "wasm"] = name.split(":");
  const stages: Stages = (family === "onnx" ? onnx : tfjs).stages;
  const found = stages[stage];
  if (found?.kind !== "backend") throw new Error(`there is no backend ${name}`);
  const environment = {
    resolvePath: (path: string) => path,
    readArray: () => Promise.reject(new Error("no files")),
    warn: () => undefined,
  };
  const { validate } = found.options["~standard"];
  const strict = await validate({ ...given, allowFallback: false });
  const options = strict.issues === undefined ? strict : await validate(given);
  if (options.issues !== undefined) throw new Error(`the options of ${name} have no defaults`);
  return await found.create(options.value, environment);
}
