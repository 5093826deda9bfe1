import { describe, expect, it } from "vitest";
import { isConfigError, parseConfigText } from "../src/index.js";

/** Texts that once took seconds, gigabytes or the whole process. */
const texts: Readonly<Record<string, string>> = {
  "an alias that contains itself": "operator: &x { with: [*x] }\n",
  "an alias that contains itself in a list": "a: &x [1, [2, *x]]\n",
  "18 kB of explicit keys": "? ".repeat(9000),
  "explicit keys, one per line": "?\n".repeat(9000),
  "a flow of explicit keys": `{${"? a, ".repeat(3000)}}`,
  "an alias bomb": `a: &a [1,1,1,1,1,1,1,1,1]\n${"bcdefgh"
    .split("")
    .map((k, i) => `${k}: &${k} [${`*${"abcdefg"[i]!},`.repeat(9)}]`)
    .join("\n")}\n`,
  "10,000 aliases": `a: &a 1\nb: [${"*a, ".repeat(10_000)}]\n`,
  "a depth of 100,000": "[".repeat(100_000),
  "a deep mapping": Array.from({ length: 2000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
  "40,000 keys": Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join("\n"),
  "3,000 duplicate keys": "a: 1\n".repeat(2400),
  "a scalar of 5 MB": `a: ${"x".repeat(5_000_000)}`,
  "a scalar of 1 MB": `a: ${"x".repeat(1_000_000)}`,
  "merge keys": "a: &a {}\nb: { <<: *a }\n",
  "a key of its own in JavaScript": "__proto__: { polluted: 1 }\n",
  "a tag": "a: !!js/function 'x'\n",
  "a NUL character": "a: \0\n",
  colons: ":".repeat(20_000),
  dashes: "- ".repeat(10_000),
  "open quotes": `"${"a: '".repeat(4000)}`,
  anchors: "&a ".repeat(5000),
  comments: "# x\n".repeat(50_000),
  "carriage returns": "a: 1\r".repeat(3000),
  "document marks": "---\n".repeat(5000),
};

const outcome = (f: () => unknown): readonly { readonly line?: number; readonly code: string }[] => {
  try {
    f();
    return [];
  } catch (error) {
    if (!isConfigError(error)) throw error;
    return error.diagnostics;
  }
};

describe("a hostile text", () => {
  it.each(Object.entries(texts))("%s is read or refused with a place, in little time", (name, text) => {
    const start = process.cpuUsage();
    const diagnostics = outcome(() => parseConfigText(text, "p.yaml", []));
    const { user, system } = process.cpuUsage(start);
    expect(diagnostics.length).toBeLessThanOrEqual(20);
    for (const { code, line } of diagnostics) expect([code, typeof line]).toEqual([expect.stringMatching(/^LEADER_CONFIG_/u), "number"]);
    // 200 ms for people; twice that here, where other tests share the processor's caches.
    expect((user + system) / 1000, name).toBeLessThan(400);
  });

  it("is refused in an override as well", () => {
    for (const value of ["&x [*x]", "? ? ?"]) {
      const [first] = outcome(() => parseConfigText("a: 1\n", "p.yaml", [`a=${value}`]));
      expect(first?.code).toMatch(/^LEADER_CONFIG_(?:ALIASES_REFUSED|TOO_LARGE)$/u);
    }
  });

  it("leaves no trace in the objects of this process", () => {
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("names the alias that contains itself at its place", () => {
    expect(outcome(() => parseConfigText("operator: &x { with: [*x] }\n", "p.yaml", []))[0]).toMatchObject({
      code: "LEADER_CONFIG_ALIASES_REFUSED",
      line: 1,
      column: 23,
    });
  });
});
