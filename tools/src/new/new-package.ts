import { existsSync } from "node:fs";
import { join } from "node:path";
import { kindNames, namesOf, scaffoldFiles, writeScaffold, type Kind } from "create-leader-plugin";

/** Where stages of this repository go; a kind without a room of its own is added to a package by hand. */
const rooms: Readonly<Record<Kind, string>> = {
  baseline: "packages/baselines",
  backend: "copy packages/backends/onnx, which shows what a runtime needs",
  operator: "add a folder to packages/operators/src",
  denoiser: "add a file to packages/method/src/denoiser",
  uncertainty: "add a file to packages/method/src/uncertainty",
  modulator: "add a folder beside packages/method/src/ucpm",
  scheduler: "add a file to packages/method/src/schedulers",
  wrapper: "add it to the package of its method, as packages/baselines/equs does",
};

/** What stops a new package, in words for whoever typed the command. */
export class NewPackageError extends Error {}

/**
 * Writes a package of this repository with one stage, from the templates of `create-leader-plugin` and the manifest of this repository.
 * Nothing outside its folder changes: lists are read from folders, or written by a release.
 * @param root of the workspace. @returns its folder, from the root. Errors: `NewPackageError`, and those of a scaffold
 */
export function newPackage(root: string, kind: string, name: string): string {
  const known = kindNames.find((one) => one === kind);
  if (known === undefined) throw new NewPackageError(`\`${kind}\` is no kind of stage; there are ${kindNames.join(", ")}`);
  if (known !== "baseline") throw new NewPackageError(`a ${kind} of this repository is no package of its own: ${rooms[known]}`);
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u.test(name))
    throw new NewPackageError(`\`${name}\` is no name of a method: use lower-case letters, digits and hyphens`);
  const folder = `${rooms.baseline}/${name}`;
  if (existsSync(join(root, folder))) throw new NewPackageError(`${folder} exists already; nothing was written`);
  const { identifier } = namesOf(`${name}-method`);
  const names = {
    package: `@leader/baseline-${name}`,
    stage: name,
    identifier: identifier.replace(/Method$/u, ""),
    codes: `LEADER_${name.replaceAll("-", "_").toUpperCase()}`,
  };
  const files = scaffoldFiles("baseline", names, join(root, "tools/templates/baseline"));
  // In this repository, editors complete pipelines with the schema of the presets.
  const here = files.map(({ path, text }) => ({
    path,
    text: text.replace("=./leader.schema.json", "=../../../presets/pipeline.schema.json"),
  }));
  writeScaffold(join(root, folder), here);
  return folder;
}
