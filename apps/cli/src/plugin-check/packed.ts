import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import type * as TypesWrong from "@arethetypeswrong/core";
import type * as Publint from "publint";
import type * as PublintUtils from "publint/utils";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { fault, remark, type Finding } from "./finding.js";

/**
 * What publint and Are the Types Wrong say about the package as npm would pack it. Both are looked up beside the plugin, then beside this
 * package; they are large, so neither is installed by default.
 */
export async function packedFindings(folder: string, signal: AbortSignal | undefined): Promise<readonly Finding[]> {
  return [...(await publintFindings(folder)), ...(await typesFindings(folder, signal))];
}

async function publintFindings(folder: string): Promise<readonly Finding[]> {
  const [lint, utils] = [await tool<typeof Publint>(folder, "publint"), await tool<typeof PublintUtils>(folder, "publint/utils")];
  if (lint === undefined || utils === undefined) return [missing("publint")];
  const { messages, pkg } = await lint.publint({ pkgDir: folder, strict: true, pack: "npm" });
  return messages.map((message) => {
    const text = `publint: ${utils.formatMessage(message, pkg, { color: false }) ?? message.code}`;
    return message.type === "error" ? fault(text, "see https://publint.dev/rules") : remark(text, "see https://publint.dev/rules");
  });
}

async function typesFindings(folder: string, signal: AbortSignal | undefined): Promise<readonly Finding[]> {
  const attw = await tool<typeof TypesWrong>(folder, "@arethetypeswrong/core");
  if (attw === undefined) return [missing("@arethetypeswrong/core")];
  const place = mkdtempSync(join(tmpdir(), "leader-pack-"));
  try {
    const shell = process.platform === "win32";
    // Awaited, so that this process hears meanwhile that it is to stop, and npm with it.
    const packing = ["pack", "--json", "--ignore-scripts", "--pack-destination", place];
    const { stdout } = await promisify(execFile)("npm", packing, { cwd: folder, encoding: "utf8", shell, signal });
    const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
    const result = await attw.checkPackage(attw.createPackageFromTarballData(readFileSync(join(place, filename))));
    if (result.types === false) return [remark("the package has no types", "build declarations and name them in `exports`")];
    // A plugin is an ES module on purpose: how CommonJS and older resolutions see it does not matter.
    const problems = result.problems.filter(
      (problem) => !("resolutionKind" in problem) || !["node10", "node16-cjs"].includes(problem.resolutionKind),
    );
    const kinds = [...new Set(problems.map(({ kind }) => kind))].filter((kind) => kind !== "CJSResolvesToESM");
    return kinds.map((kind) =>
      fault(`Are the Types Wrong: ${kind}`, "see https://github.com/arethetypeswrong/arethetypeswrong.github.io/tree/main/docs/problems"),
    );
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const missing = (name: string): Finding =>
  remark(`${name} is not installed, so its checks were left out`, `npm install --save-dev ${name}`);

async function tool<T>(folder: string, name: string): Promise<T | undefined> {
  for (const from of [join(folder, "package.json"), import.meta.url]) {
    try {
      return (await import(pathToFileURL(createRequire(from).resolve(name)).href)) as T;
    } catch {
      // Looked for in the next place.
    }
  }
  return undefined;
}
