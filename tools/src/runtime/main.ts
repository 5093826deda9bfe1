/**
 * `npm run repack-runtime -- FOLDER [--notices FOLDER] [--publish]`: makes the packages of the runtime that a release depends on, from the
 * published onnxruntime-node that package-lock.json names, and publishes them where their version is not published yet.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { mustRun, run } from "../packed/run.js";
import { readNotices } from "./notices.js";
import { repack, type Repacked } from "./repack.js";
import { unpackRuntime } from "./source.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const withVersion = z.object({ version: z.string() });
const versionIn = (folder: string): string => withVersion.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).version;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { notices: { type: "string" }, publish: { type: "boolean", default: false } },
  });
  const [target] = positionals;
  if (target === undefined) throw new Error("usage: npm run repack-runtime -- FOLDER [--notices FOLDER] [--publish]");
  const output = resolve(target);
  if (isFull(output)) throw new Error(`${output} is not empty`);
  const place = mkdtempSync(join(tmpdir(), "leader-runtime-"));
  try {
    const source = unpackRuntime(root, place);
    const made = repack(source, output, await readNotices(versionIn(source), values.notices));
    for (const one of made) {
      say(`${one.name}@${versionIn(one.folder)}`);
      if (values.publish) publish(one);
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function isFull(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}

function publish({ name, folder }: Repacked): void {
  if (run(folder, "npm", ["view", `${name}@${versionIn(folder)}`, "version"]).output.trim() === versionIn(folder)) {
    say("  is published already");
    return;
  }
  mustRun(folder, "npm", ["publish", "--ignore-scripts"]);
  say("  published");
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
