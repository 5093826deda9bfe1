import { relative } from "node:path";
import type { Pipeline } from "leader-restore";
import { stringify } from "yaml";
import { modeline } from "../modeline.js";

/** A pipeline as one YAML text: what it extends, its params and overrides are put in their places. */
export function composedText({ composed, parents }: Pipeline, directory: string): string {
  const from = parents.map(({ name }) => name).join(", ");
  const told = parents.length === 0 ? "" : `# Put together with ${from}.\n`;
  const place = relative(process.cwd(), directory);
  return `${modeline}${told}${place === "" ? "" : `# Paths are relative to ${place}.\n`}${stringify(composed)}`;
}
