import { expect, test } from "vitest";
import { knownFields } from "../src/compose/known-fields.js";
import { lineSpan, numberOfTyped, readPipeline, typedOf, valueAt, valueOfTyped, withValue } from "../src/compose/pipeline-text.js";
import type { Problem } from "../src/api/failure.js";
import { paramOptions, withParam } from "../src/compose/params.js";
import { fieldOfProblem, messagesByField } from "../src/compose/problems.js";
import { controlOf, pipelineSchemaOf, variantOf } from "../src/compose/schema.js";
import { uploadName } from "../src/compose/uploads.js";

const stage = (description: string, use: string, options: object): object => ({
  type: "object",
  description,
  properties: {
    use: {
      type: "string",
      anyOf: [
        { const: use, description: "what it does" },
        { type: "string", pattern: "#" },
      ],
    },
    with: {},
  },
  allOf: [
    {
      if: { properties: { use: { const: use } } },
      then: { properties: { with: { type: "object", properties: options, required: ["path"] } } },
    },
  ],
});
const schema = pipelineSchemaOf({
  required: ["operator"],
  properties: {
    apiVersion: { const: "leader/v1" },
    noise: { default: 0, anyOf: [{ type: "number" }, { const: "auto" }] },
    operator: stage("the degradation", "a#blur", {
      sigma: { type: "number", exclusiveMinimum: 0, default: 2, description: "width" },
      path: { type: "string" },
      random: { type: "object", properties: { fraction: { type: "number" } } },
    }),
    modulator: stage("changes the prior", "leader#ucpm", {}),
    ucpm: stage("another name of `modulator`", "leader#ucpm", {}),
  },
});

test("roles, their stages and options are read from a schema, other names aside", () => {
  expect(schema.roles.map(({ key, required, aliases }) => [key, required, aliases])).toEqual([
    ["operator", true, []],
    ["modulator", false, ["ucpm"]],
  ]);
  const [blur] = schema.roles[0]!.stages;
  expect(blur).toMatchObject({ use: "a#blur", summary: "what it does" });
  expect(blur!.options.map(({ name, control, required, byDefault, range }) => [name, control.kind, required, byDefault, range])).toEqual([
    ["sigma", "number", false, "2", "above 0"],
    ["path", "text", true, undefined, ""],
    ["random", "group", false, undefined, ""],
  ]);
  expect(schema.plain.map(({ name, control }) => [name, control])).toEqual([["noise", { kind: "scalar", suggestions: ["auto"] }]]);
  expect(pipelineSchemaOf("no schema")).toEqual({ roles: [], plain: [] });
});

test.each([
  [{ type: "boolean" }, { kind: "choice", values: [true, false] }],
  [
    { type: "number", enum: [0, 1] },
    { kind: "choice", values: [0, 1] },
  ],
  [{ anyOf: [{ type: "boolean" }, { const: "auto" }] }, { kind: "choice", values: [true, false, "auto"] }],
  [{ anyOf: [{ type: "number" }, { type: "array" }] }, { kind: "yaml" }],
  [{ anyOf: [{ type: "number" }, { type: "null" }] }, { kind: "scalar", suggestions: [null] }],
  [{ type: "array", items: {} }, { kind: "yaml" }],
  [{ type: "object", additionalProperties: {} }, { kind: "yaml" }],
  [{}, { kind: "yaml" }],
])("%j is set by %j", (part, control) => {
  expect(controlOf(part)).toEqual(control);
});

test("an option of several forms has one of them, by its value", () => {
  const object = (name: string): object => ({ type: "object", properties: { [name]: { type: "number" }, more: {} }, required: [name] });
  const control = controlOf({ anyOf: [object("box"), { enum: ["linear", "cosine"] }, object("share"), { type: "integer" }] });
  if (control.kind !== "variants") throw new Error(control.kind);
  expect(control.variants.map(({ title, control: { kind } }) => [title, kind])).toEqual([
    ["a value", "scalar"],
    ["box", "group"],
    ["share", "group"],
  ]);
  const values = [undefined, "linear", 3, { box: 1 }, { share: 1, more: 2 }, { more: 2 }, {}];
  expect(values.map((value) => variantOf(control.variants, value))).toEqual([-1, 0, 0, 1, 2, 1, 1]);
});

const text = `# mine
operator:
  use: a#blur # known
  with:
    sigma: 2
`;

test("a value is changed in its place, and comments stay", () => {
  expect(withValue(text, ["operator", "with", "sigma"], 3)).toBe(text.replace("sigma: 2", "sigma: 3"));
  expect(withValue(text, ["operator", "with", "random", "fraction"], 0.5)).toBe(`${text}    random:\n      fraction: 0.5\n`);
  expect(withValue(text, ["operator", "with", "sigma"], undefined)).toBe(text.replace(/ {2}with:\n.*\n/u, ""));
  expect(withValue(text, ["scheduler", "with", "steps"], undefined)).toBe(text);
  expect(withValue(text, ["operator"], undefined)).not.toContain("blur");
  for (const empty of ["", "# nothing\n", "operator:\n", "operator: { use: a, with: null }"])
    expect(valueAt(readPipeline(withValue(empty, ["operator", "with", "sigma"], 3)).value, ["operator", "with", "sigma"])).toBe(3);
  expect(withValue("a: [", ["b"], 1)).toBe("a: [");
});

test("a text that cannot be read says where", () => {
  expect(readPipeline("a: 1\nb: [").problem).toMatchObject({ line: 2 });
  expect(readPipeline("- 1").problem?.message).toContain("mapping");
  expect(readPipeline("").problem).toBeUndefined();
});

test("what is typed means what YAML says, and what is none stays a text", () => {
  expect(["", "1.50", "auto", "[1, 2]", "{ a: 1 }", "[", "true"].map(valueOfTyped)).toEqual([
    undefined,
    1.5,
    "auto",
    [1, 2],
    { a: 1 },
    "[",
    true,
  ]);
  expect(["", "1e-3", "abc"].map(numberOfTyped)).toEqual([undefined, 0.001, "abc"]);
  expect([undefined, "a", 2, [1, 2]].map(typedOf)).toEqual(["", "a", "2", "[1,2]"]);
  expect([lineSpan(text, 1), lineSpan(text, 2)]).toEqual([
    [0, 6],
    [7, 16],
  ]);
});

test("problems are shown at their field, or the nearest above", () => {
  const known = knownFields(schema, { operator: { use: "a#blur" }, ucpm: { use: "leader#ucpm" } });
  expect([...known]).toEqual([
    "noise",
    "operator.use",
    "operator.with.sigma",
    "operator.with.path",
    "operator.with.random.fraction",
    "ucpm.use",
  ]);
  const problem = (path: string, message = "m") => ({ path, message, hint: "" });
  const at = (path: string, message?: string): string | undefined => fieldOfProblem(problem(path, message), known);
  expect(["noise", "operator.with.sigma", "operator.with.strange", "operator", "elsewhere", ""].map((path) => at(path))).toEqual([
    "noise",
    "operator.with.sigma",
    "operator.use",
    "operator.use",
    undefined,
    undefined,
  ]);
  expect(at("", "the pipeline lacks the key `operator`")).toBe("operator.use");
  expect(messagesByField([problem("noise", "a"), problem("noise", "b"), problem("x", "c")], known)).toEqual(new Map([["noise", "a; b"]]));
});

test("params are set as their declaration says, and have to be where nothing else states their value", () => {
  const { value } = readPipeline(`operator: { with: { factor: 4 } }
params:
  factor: { type: integer, minimum: 2, maximum: 8, sets: operator.with.factor, description: times larger }
  noise: { type: number, sets: noise }
  method: { type: choice, choices: [bicubic, average], default: bicubic, sets: [operator.with.method] }
`);
  const options = paramOptions(value, { gone: 1 });
  expect(options.map(({ name, control, required, byDefault, range }) => [name, control.kind, required, byDefault, range])).toEqual([
    ["factor", "number", false, undefined, "a whole number from 2 to 8"],
    ["noise", "number", true, undefined, ""],
    ["method", "choice", false, "bicubic", ""],
    ["gone", "text", false, undefined, ""],
  ]);
  expect(withParam(withParam({ factor: 3 }, "noise", 0.1), "factor", undefined)).toEqual({ noise: 0.1 });
  const known = new Set(["params", "params.factor", "params.noise"]);
  const field = (problem: Partial<Problem>): string | undefined => fieldOfProblem({ message: "", hint: "", path: "", ...problem }, known);
  expect(field({ message: "the param `factor` takes a whole number", within: "param", line: 1 })).toBe("params.factor");
  expect(field({ message: "the pipeline has no param `fctor`", within: "param" })).toBe("params");
  expect(field({ message: "the param `noise` has no value", path: "params.noise", line: 3 })).toBe("params.noise");
});

test("files get names that the service takes", () => {
  expect(["My mask (1).png", "2.npy", "picture.png", "holes.png"].map((name) => uploadName(name, new Set(["holes"])))).toEqual([
    "My-mask-1",
    "file",
    "file",
    "holes-2",
  ]);
});
