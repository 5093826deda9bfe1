import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { defined } from "@leader/graph";
import { fileIntegrity, readRecord, type InputMark, type ResultRecord } from "leader-restore";
import { stringify } from "yaml";
import { bundledFiles } from "../bundled.js";
import type { TraceRequest, TracedResult } from "./tasks.js";

/** Folders below those that are searched, and entries that are looked at: a home folder is not walked through. */
const limits = { depth: 3, entries: 20_000 } as const;

/** Reads the record of a result and finds what it was made of: the input by its content, other files by their names, if possible with theirs. */
export async function traceResult({ result, input, directory }: TraceRequest): Promise<TracedResult> {
  const { record, text, inside } = await readRecord(result);
  const folders = [...new Set([directory, dirname(resolve(result)), dirname(dirname(resolve(result)))].map((folder) => resolve(folder)))];
  const bundled = await bundledFiles();
  const files: Record<string, string> = {};
  for (const [name, integrity] of Object.entries(record.made.files)) {
    if (Object.hasOwn(bundled, name)) continue;
    const path = await findNamed(name, integrity, directory, folders);
    if (path !== undefined) files[name] = path;
  }
  const found = input ?? (await findContent(record.input, folders));
  const mark = input === undefined ? record.input : { integrity: await fileIntegrity(input) };
  return { record, text, inside, pipeline: pipelineText(record), folders, files, mark, ...defined({ input: found }) };
}

/** Where a file is that options name: where they say, or where one of its name is, best with its content. */
async function findNamed(name: string, integrity: string, directory: string, folders: readonly string[]): Promise<string | undefined> {
  const stated = resolve(directory, name);
  if ((await stat(stated).catch(() => undefined)) !== undefined) return stated;
  const paths: string[] = [];
  for await (const path of filesBelow(folders)) if (basename(path) === basename(name)) paths.push(path);
  for (const path of paths) if ((await fileIntegrity(path)) === integrity) return path;
  return paths[0];
}

async function findContent({ integrity, bytes }: InputMark, folders: readonly string[]): Promise<string | undefined> {
  if (bytes === undefined) return undefined;
  for await (const path of filesBelow(folders)) {
    const info = await stat(path).catch(() => undefined);
    if (info?.isFile() === true && info.size === bytes && (await fileIntegrity(path)) === integrity) return path;
  }
  return undefined;
}

/** Files in folders and not too far below; the nearest first. */
async function* filesBelow(folders: readonly string[]): AsyncGenerator<string> {
  const seen = new Set<string>();
  let entries = 0;
  let level = [...folders];
  for (let depth = 0; depth <= limits.depth; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (seen.has(folder)) continue;
      seen.add(folder);
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
        if (++entries > limits.entries) return;
        if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) next.push(path);
        else if (entry.isFile() || entry.isSymbolicLink()) yield path;
      }
    }
    level = next;
  }
}

const pipelineText = ({ made: { seed, noise, meanOf, stages } }: ResultRecord): string =>
  stringify({ apiVersion: "leader/v1", seed, noise, ...defined({ meanOf }), ...stages });
