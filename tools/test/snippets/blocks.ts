import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workspacePackages, workspaceRoot } from "../../scripts/workspace-packages.mjs";

/** A fenced block of a page. */
export interface Block {
  readonly document: string;
  readonly language: string;
  /** Of the file that the block is, where its fence names one. */
  readonly name: string;
  readonly code: string;
  /** The heading that it stands under, without marks of code. */
  readonly heading: string;
}

/** Every page whose blocks are checked. */
export const documents: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(join(workspaceRoot, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
  ...workspacePackages().flatMap(({ folder, manifest }) => (manifest.private === true ? [] : [`${folder}/README.md`])),
];

/** The fenced blocks of a page, in order. A block is shown to readers whatever its language, so one without a language counts too. */
export function blocksOf(document: string, text: string): readonly Block[] {
  return [...text.matchAll(/^```(\w*)(?: (\S+))?\n([\s\S]*?)^```$/gmu)].map((match) => {
    const [, language = "", name = "", code = ""] = match;
    const heading =
      text
        .slice(0, match.index)
        .match(/^#+ (.*)$/gmu)
        ?.at(-1) ?? "";
    return { document, language, name, code, heading: heading.replace(/^#+ /u, "").replaceAll("`", "") };
  });
}

export const blocks: readonly Block[] = documents.flatMap((document) =>
  blocksOf(document, readFileSync(join(workspaceRoot, document), "utf8")),
);

/** The blocks of a language, with a title for each. */
export const blocksIn = (language: string): readonly (readonly [string, Block])[] =>
  blocks.filter((block) => block.language === language).map((block, i) => [`${block.document}, block ${i + 1}`, block]);
