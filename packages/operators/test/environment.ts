import type { Aval, HostTensor, LinearOperator, OperatorFactory, StageEnvironment } from "@leader/core";
import type { z } from "zod";
import plugin from "../src/plugin.js";

/** An environment that serves arrays from memory and collects warnings. */
export function memoryEnvironment(files: Readonly<Record<string, HostTensor>> = {}): StageEnvironment & { readonly warnings: string[] } {
  const warnings: string[] = [];
  return {
    warnings,
    resolvePath: (path) => `/pipeline/${path}`,
    readArray: (path) => {
      const found = files[path.replace("/pipeline/", "")];
      return found === undefined ? Promise.reject(new Error(`no file ${path}`)) : Promise.resolve(found);
    },
    warn: (code) => void warnings.push(code),
  };
}

/** Makes the factory of a stage as the host does: validated options, then `create`. */
export async function createOperator(
  stage: string,
  options: unknown,
  environment: StageEnvironment = memoryEnvironment(),
): Promise<OperatorFactory> {
  const found = plugin.stages[stage]!;
  if (found.kind !== "operator") throw new Error(`${stage} is not an operator`);
  return found.create(parsedOptions(stage, options), environment);
}

/** The options after validation and defaults. */
export const parsedOptions = (stage: string, options: unknown): unknown => schemaOf(stage).parse(options);

export const schemaOf = (stage: string): z.ZodType => plugin.stages[stage]!.options as unknown as z.ZodType;

export const images = (height: number, width: number, channels = 3, batch = 1): Aval => ({
  shape: [batch, channels, height, width],
  dtype: "float32",
});

export const operatorAt = async (stage: string, options: unknown, image: Aval, environment?: StageEnvironment): Promise<LinearOperator> =>
  (await createOperator(stage, options, environment)).at(image);
