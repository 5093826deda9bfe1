import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { exitCodes } from "../exit-codes.js";
import type { Ways } from "../telling/ways.js";
import type { PluginCheckRequest } from "./command-tasks.js";
import { outputTo } from "./output-to.js";
import { fault, type Finding } from "../plugin-check/finding.js";
import { importFindings } from "./imported-plugin.js";
import { entryOf, manifestFindings, readManifest } from "../plugin-check/manifest.js";
import { packedFindings } from "../plugin-check/packed.js";

/** Checks a built plugin package as its users will meet it; returns the exit code: `badInput` if there is an error. */
export async function checkPlugin(request: PluginCheckRequest, { emit, signal }: Ways): Promise<number> {
  const output = outputTo(emit);
  const folder = resolve(request.folder);
  const manifest = await readManifest(folder);
  const entry = entryOf(folder, manifest);
  const findings: Finding[] = [...manifestFindings(folder, manifest)];
  if (entry !== undefined && !existsSync(entry)) findings.push(fault(`${entry} does not exist`, "build the package first"));
  else if (entry !== undefined) {
    const imported = await importFindings(folder, entry, manifest, signal);
    findings.push(...imported.findings);
    for (const { name, kind, summary } of imported.stages) output.text(`  ${name.padEnd(24)} ${kind.padEnd(12)} ${summary}`);
  }
  findings.push(...(await packedFindings(folder, signal)));
  for (const finding of findings) {
    output.record({ type: "finding", ...finding });
    output.text(`${finding.level}: ${finding.problem}\n  hint: ${finding.hint}`);
  }
  const failed = findings.filter(({ level }) => level === "error").length;
  output.record({ type: "plugin-check", name: manifest.name, errors: failed, warnings: findings.length - failed });
  output.text(`${manifest.name ?? folder}: ${failed} errors, ${findings.length - failed} warnings`);
  return failed === 0 ? exitCodes.ok : exitCodes.badInput;
}
