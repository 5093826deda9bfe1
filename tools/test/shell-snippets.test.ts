// A reader copies the commands of a page. Each must be one that exists, with the options and files that it names, also after a change elsewhere.
import { describe, expect, it } from "vitest";
import { blocks, blocksOf, documents, type Block } from "./snippets/blocks.js";
import { Reader } from "./snippets/reader.js";
import { shellCommands } from "./snippets/shell.js";

/** Files that pages show as blocks: by the fence, or by a comment in the first line. */
const named = blocks.flatMap(({ name, code }) => [name, /^# (\S+\.yaml)\n/u.exec(code)?.[1] ?? ""]).filter((name) => name !== "");

async function problemsOf(page: readonly Block[]): Promise<readonly string[]> {
  const reader = new Reader(named);
  const found: string[] = [];
  for (const block of page) if (block.language === "sh") found.push(...(await reader.problems(block)));
  return found;
}

const withShell = documents.filter((document) => blocks.some((block) => block.document === document && block.language === "sh"));

it.each(withShell)("the commands of %s exist, with their options and files", async (document) => {
  expect(await problemsOf(blocks.filter((block) => block.document === document))).toEqual([]);
});

it("every block names its language, so that none goes unread", () => {
  const languages = new Set(["sh", "ts", "js", "yaml", "jsonc", "text"]);
  // Without a language: what a program prints.
  const others = blocks.filter(({ language }) => language !== "" && !languages.has(language));
  expect(others.map(({ document, language }) => `${document}: ${language}`)).toEqual([]);
  expect(withShell.length).toBeGreaterThanOrEqual(10);
});

describe("a false command is found", () => {
  const page = (code: string): readonly Block[] => blocksOf("page.md", `\`\`\`sh\n${code}\n\`\`\`\n`);
  it.each([
    ["npx leader upscal photo.jpg", "unknown command 'upscal'"],
    ["npx leader upscale photo.jpg --factr 4", "unknown option '--factr'"],
    ["leader restore photo.png -o x.png", "required option '-p, --pipeline <file>' not specified"],
    ["leader restore photo.png -p absent.yaml", "there is no absent.yaml"],
    ["leader restore blurred.npy -p deblur.yaml", "there is no blurred.npy"],
    ["npm run demoo", "there is no script demoo"],
    ["npm run conformance -- nowhere/at/all.yaml", "there is no nowhere/at/all.yaml"],
    ["npm create leader-plugin@latest x -- --kind sampler", "expected -- --kind and a kind"],
    ["npm create leader-plugin@latest x -- --kind baseline && cd y", "there is no folder y"],
    ["npm create leader-plugin@latest x -- --kind baseline && cd x && npm run demo", "there is no script demo"],
    ["npm install @leader/comandline", "@leader/comandline is no package"],
    ["curl -F picture=@a.jpg http://127.0.0.1:8080/v2/restorations", "the service has no /v2/restorations"],
    ["leeder restore photo.png", "`leeder` is no command"],
  ])("%s", async (code, problem) => {
    expect((await problemsOf(page(code))).join()).toContain(problem);
  });

  it("and what comes before it is taken into account", async () => {
    expect(
      await problemsOf(page("leader degrade photo.png -p deblur.yaml -o blurred.npy\nleader restore blurred.npy -p deblur.yaml")),
    ).toEqual([]);
    expect(await problemsOf(page("npm create leader-plugin@latest x -- --kind baseline\ncd x && npm run try"))).toEqual([]);
  });

  it("and shell that is more than commands is refused, as nobody could check it", () => {
    for (const code of ["a | b", "a > b", "a $HOME", "for i in 1; do a; done"])
      expect(() => shellCommands(code)).toThrow("no plain command");
    expect(shellCommands("A=1 b 'c d' \"e\" # f\n\n# g\nh && i").map(({ words }) => words)).toEqual([["b", "c d", "e"], ["h"], ["i"]]);
  });
});
