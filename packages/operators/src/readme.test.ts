import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import plugin from "./plugin.js";
import { parsedOptions } from "../test/environment.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The option lists of the README, `with: { ... }`, by the stage whose section they are in. */
const examples = readme
  .split(/^## /m)
  .slice(1)
  .flatMap((section) => [...section.matchAll(/with: (\{.*\})/g)].map((match) => [section.split("\n")[0]!, match[1]!] as const));

/** YAML flow maps of plain words, numbers and lists, as the README uses, read as JSON. */
const parseFlow = (text: string): unknown =>
  JSON.parse(text.replace(/((?:\.\/)?[A-Za-z][\w./-]*)/g, '"$1"').replace(/"(true|false)"/g, "$1"));

describe("the README", () => {
  it.each(Object.keys(plugin.stages))("has a pipeline line for %s", (stage) => {
    expect(readme).toContain(`use: "@leader/operators#${stage}"`);
  });

  it.each(examples)("shows valid options of %s: %s", (stage, options) => {
    expect(() => parsedOptions(stage, parseFlow(options))).not.toThrow();
  });
});
