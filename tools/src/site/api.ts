import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What programs and plugins import, in the order of the page that lists it. */
const entryPoints: readonly string[] = [
  "leader-restore",
  "@leader/core",
  "@leader/core/testing",
  "@leader/method",
  "@leader/graph",
  "@leader/graph/onnx",
  "@leader/graph/reference",
  "@leader/graph/testing",
  "@leader/operators",
  "@leader/metrics",
  "@leader/networks",
  "@leader/server",
];

/** Writes one file for each entry point, so that its page has the name that is imported. TypeDoc names modules by their files otherwise. */
export function writeEntries(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of entryPoints) {
    const text = `/**\n * @module ${name}\n */\nexport * from "${name}";\n`;
    writeFileSync(join(folder, `${name.replace("@", "").replaceAll("/", "-")}.ts`), text);
  }
}
