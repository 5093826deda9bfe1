import { z } from "zod";

const scalar = z.union([z.number(), z.string(), z.boolean()]);
const path = z.string().regex(/^[^.\s]+(?:\.[^.\s]+)*$/u, "expected a path such as operator.with.factor");

const param = z
  .strictObject({
    description: z.string().optional().describe("what it changes, for those who set it"),
    type: z.enum(["number", "integer", "string", "boolean", "choice"]).describe("what it takes"),
    default: scalar.optional().describe("what stands at its paths where it is not given; without one it must be given"),
    minimum: z.number().optional().describe("number, integer: the least"),
    maximum: z.number().optional().describe("number, integer: the most"),
    choices: z.array(scalar).min(1).optional().describe("choice: what it may be"),
    sets: z.union([path, z.array(path).min(1)]).describe("the path of the value that it sets, as `--set` writes it, or a list of paths"),
  })
  .refine(({ type, choices }) => (type === "choice") === (choices !== undefined), {
    path: ["choices"],
    message: "a param of type choice lists its `choices`, and no other does",
  })
  .refine(({ type, minimum, maximum }) => isNumeric(type) || (minimum === undefined && maximum === undefined), {
    path: ["type"],
    message: "only a number or an integer has a minimum and a maximum",
  });

const isNumeric = (type: string): boolean => type === "number" || type === "integer";

/** The params of a pipeline by their names. */
export const paramsSchema = z.record(z.string().regex(/^[A-Za-z][\w-]*$/u, "expected a name of letters, digits, `-` and `_`"), param);

/** What a param is declared as. */
export type ParamDeclaration = z.output<typeof param>;
/** A value of a param. */
export type ParamValue = string | number | boolean;

/** The paths that a param sets. */
export const pathsOf = ({ sets }: ParamDeclaration): readonly (readonly string[])[] =>
  (typeof sets === "string" ? [sets] : sets).map((text) => text.split("."));

/**
 * What a param takes a value for, of its type and within its limits; texts are read as the type says, as a command line gives them.
 * @returns the value, or what was expected
 */
export function readParam(declaration: ParamDeclaration, given: unknown): { readonly value: ParamValue } | { readonly expected: string } {
  const expected = expectedOf(declaration);
  const value = typed(declaration, given);
  if (value === undefined) return { expected };
  const { minimum = -Infinity, maximum = Infinity } = declaration;
  return typeof value === "number" && (value < minimum || value > maximum) ? { expected } : { value };
}

function typed({ type, choices = [] }: ParamDeclaration, given: unknown): ParamValue | undefined {
  switch (type) {
    case "number":
    case "integer": {
      const value = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
      return typeof value === "number" && (type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value)) ? value : undefined;
    }
    case "boolean":
      return typeof given === "boolean" ? given : given === "true" ? true : given === "false" ? false : undefined;
    case "string":
      return typeof given === "string" ? given : undefined;
    case "choice":
      return choices.find((choice) => choice === given || (typeof given === "string" && String(choice) === given));
  }
}

/** What a param takes, in words. */
export function expectedOf({ type, minimum, maximum, choices = [] }: ParamDeclaration): string {
  if (type === "choice") return `one of ${choices.join(", ")}`;
  const noun = { number: "a number", integer: "a whole number", string: "a text", boolean: "true or false" }[type];
  const bounds = [...(minimum === undefined ? [] : [`of at least ${minimum}`]), ...(maximum === undefined ? [] : [`at most ${maximum}`])];
  return `${noun}${bounds.length === 0 ? "" : ` ${bounds.join(" and ")}`}`;
}
