import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What is left of them stands where types cannot follow: other programs, unions over kinds, libraries without types. */
const mostAssertions = 92;

/** Type assertions (`as T`, not `as const`) of a source, by line. */
function assertionsIn(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isAsExpression(node) && node.type.getText(source) !== "const")
      found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1} as ${node.type.getText(source)}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const sources = ["packages", "apps", "tools"].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, encoding: "utf8" })
    .map((file) => join(top, file))
    .filter((file) => /(?:^|\/)src\/.*\.tsx?$/u.test(file) && !/\.test\.ts$|\/(?:node_modules|dist)\//u.test(file)),
);

it(`has at most ${mostAssertions} type assertions outside tests`, () => {
  const found = sources.flatMap(assertionsIn);
  expect(sources.length).toBeGreaterThan(400);
  expect(found.length, found.join("\n")).toBeLessThanOrEqual(mostAssertions);
});

it("asserts through `unknown` only where a comment says why", () => {
  const bare = sources.filter((file) => {
    const lines = readFileSync(join(root, file), "utf8").split("\n");
    return lines.some(
      (line, i) => line.includes("as unknown as") && ![line, lines[i - 1], lines[i - 2]].some((near) => near?.includes("//")),
    );
  });
  expect(bare).toEqual([]);
});
