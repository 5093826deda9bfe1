import type { OnnxSummary, OnnxValueInfo } from "@leader/graph/onnx";
import { errors } from "../error-codes.js";

/** What tells a network the noise level. */
export type Conditioning = "alpha_bar" | "timestep" | "sigma" | "log_sigma" | "none";

export interface InputOptions {
  readonly x?: string | undefined;
  readonly conditioning?: string | undefined;
  readonly as?: Conditioning | undefined;
}

/** Which input of a file gets what. */
export interface NetworkInputs {
  readonly x: OnnxValueInfo;
  /** Undefined for networks that see the image alone. */
  /** Inputs with a fixed value, by name. */
  readonly constants: ReadonlyMap<string, OnnxValueInfo>;
  readonly conditioning?: { readonly input: OnnxValueInfo; readonly as: Exclude<Conditioning, "none"> };
}

const format = ({ name, type, shape }: OnnxValueInfo): string =>
  `\`${name}\` ${type}[${shape === undefined ? "..." : shape.map((n) => n ?? "?").join(",")}]`;
const isFloat = ({ type }: OnnxValueInfo): boolean => type.includes("float");

/** Names by which exporters call the conditioning; the first that matches decides. */
const knownNames: readonly (readonly [RegExp, Exclude<Conditioning, "none">])[] = [
  [/alpha/i, "alpha_bar"],
  [/log.*(sigma|noise)/i, "log_sigma"],
  [/sigma|noise/i, "sigma"],
  [/^t$|^ts$|time|step/i, "timestep"],
];

/**
 * Assigns the inputs: as stated, else by shape (images have four axes) and by name.
 * @throws NETWORK_INPUTS if an input remains without a role, or its role cannot be told.
 */
export function networkInputs(summary: OnnxSummary, options: InputOptions, constants: ReadonlySet<string>, file: string): NetworkInputs {
  const fail = (problem: string): never => {
    throw errors.NETWORK_INPUTS({ file, problem, inputs: summary.inputs.map(format) });
  };
  const named = (name: string): OnnxValueInfo =>
    summary.inputs.find((input) => input.name === name) ?? fail(`there is no input \`${name}\``);
  const fixed = new Map([...constants].map((name) => [name, named(name)] as const));
  const open = summary.inputs.filter((input) => !constants.has(input.name));
  const x = options.x === undefined ? theImage(open, fail) : named(options.x);
  const rest = open.filter((input) => input !== x);
  if (options.as === "none" || (rest.length === 0 && options.conditioning === undefined)) {
    if (rest.length > 0) fail(`the inputs ${rest.map(format).join(", ")} have no value`);
    if (options.as !== undefined && options.as !== "none") fail(`no input is left for ${options.as}`);
    return { x, constants: fixed };
  }
  const input = options.conditioning === undefined ? theOnly(rest, fail) : named(options.conditioning);
  const others = rest.filter((other) => other !== input);
  if (others.length > 0) fail(`the inputs ${others.map(format).join(", ")} have no value`);
  return { x, constants: fixed, conditioning: { input, as: options.as ?? conditioningOf(input, fail) } };
}

function theImage(open: readonly OnnxValueInfo[], fail: (problem: string) => never): OnnxValueInfo {
  const images = open.filter((input) => isFloat(input) && (input.shape === undefined || input.shape.length === 4));
  const certain = images.filter((input) => input.shape !== undefined);
  const found = certain.length === 1 ? certain : images;
  return found.length === 1 ? found[0]! : fail(`${found.length === 0 ? "no input" : "more than one input"} can be the image`);
}

function theOnly(rest: readonly OnnxValueInfo[], fail: (problem: string) => never): OnnxValueInfo {
  const recognised = rest.filter(({ name }) => knownNames.some(([pattern]) => pattern.test(name)));
  const found = rest.length === 1 ? rest : recognised;
  return found.length === 1 ? found[0]! : fail("it is not clear which input tells the noise level");
}

function conditioningOf(input: OnnxValueInfo, fail: (problem: string) => never): Exclude<Conditioning, "none"> {
  const known = knownNames.find(([pattern]) => pattern.test(input.name))?.[1];
  if (known !== undefined) return known;
  // Integers can only count timesteps.
  return isFloat(input) ? fail(`it is not clear what ${format(input)} means (alpha_bar, timestep, sigma or log_sigma)`) : "timestep";
}

/** The shape to feed: open sizes are the batch on the first axis and 1 on the others. */
export function conditioningShape({ shape }: OnnxValueInfo, batch: number): readonly number[] {
  return (shape ?? [undefined]).map((n, axis) => (typeof n === "number" ? n : axis === 0 ? batch : 1));
}
