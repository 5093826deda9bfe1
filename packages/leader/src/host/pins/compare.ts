import { isRecord } from "@leader/graph/records";
import type { MadeWith, PinnedPackage, PinnedPipeline } from "../pinned.js";

/** One thing that is not as it was. */
export interface Difference {
  readonly what: "option" | "stage" | "plugin" | "file" | "program" | "backend" | "machine" | "way" | "input";
  /** The option's path, the package, the file. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** What is not there. */
const absent = "none";

/** What two pipelines differ in, in words and values; empty if they are the same to the byte. */
export function differencesOf(before: PinnedPipeline, after: PinnedPipeline): readonly Difference[] {
  return [
    ...leaves("option", "seed", before.seed, after.seed),
    ...leaves("option", "noise", before.noise, after.noise),
    ...leaves("option", "meanOf", before.meanOf ?? 1, after.meanOf ?? 1),
    ...stageDifferences(before.stages, after.stages),
    ...packageDifferences("plugin", before.plugins, after.plugins),
    ...packageDifferences("program", before.host, after.host),
    ...fileDifferences(before, after),
  ];
}

/** The same for two restorations, with where they were computed. */
export function differencesOfResults(before: MadeWith, after: MadeWith): readonly Difference[] {
  return [
    ...differencesOf(before, after),
    ...leaves("option", "image", before.image, after.image),
    ...leaves("backend", "backend", before.backend, after.backend),
    ...leaves("machine", "machine", before.machine, after.machine),
    ...leaves("way", "way", before.way, after.way),
  ];
}

/** A difference as people read it. */
export const differenceText = ({ what, name, before, after }: Difference): string =>
  `${what === name ? what : `${what} ${name}`}: ${before} -> ${after}`;

function stageDifferences(before: PinnedPipeline["stages"], after: PinnedPipeline["stages"]): readonly Difference[] {
  return keysOfBoth(before, after).flatMap((role): readonly Difference[] => {
    const [was, is] = [before[role], after[role]];
    if (was?.use !== is?.use) return [{ what: "stage", name: role, before: was?.use ?? absent, after: is?.use ?? absent }];
    return leaves("option", `${role}.with`, was?.with, is?.with);
  });
}

function packageDifferences(
  what: "plugin" | "program",
  before: readonly PinnedPackage[],
  after: readonly PinnedPackage[],
): readonly Difference[] {
  const [older, newer] = [before, after].map((list) => Object.fromEntries(list.map((one) => [one.name, one])));
  return keysOfBoth(older!, newer!).flatMap((name): readonly Difference[] => {
    const [a, b] = [older![name], newer![name]];
    if (a === undefined || b === undefined || a.version !== b.version || a.integrity !== b.integrity)
      return [{ what, name, before: packageText(a), after: packageText(b) }];
    return keysOfBoth(a.dependencies, b.dependencies).flatMap((on): readonly Difference[] => {
      const [was, is] = [a.dependencies[on] ?? absent, b.dependencies[on] ?? absent];
      return was === is ? [] : [{ what, name: `${name}, its dependency ${on}`, before: was, after: is }];
    });
  });
}

const packageText = (pinned: PinnedPackage | undefined): string =>
  pinned === undefined ? absent : `${pinned.version === "" ? "" : `${pinned.version} `}(${shortHash(pinned.integrity)})`;

function fileDifferences(before: PinnedPipeline, after: PinnedPipeline): readonly Difference[] {
  return keysOfBoth(before.files, after.files).flatMap((name) => {
    const [was, is] = [before.files[name], after.files[name]];
    return was === is ? [] : [{ what: "file" as const, name, before: shortHash(was), after: shortHash(is) }];
  });
}

/** Enough of a hash to tell two apart. */
export const shortHash = (integrity: string | undefined): string => integrity?.slice(0, "sha256:".length + 12) ?? absent;

/** The values in which two trees differ, each by its path. */
function leaves(what: Difference["what"], path: string, before: unknown, after: unknown): readonly Difference[] {
  const [was, is] = [branchesOf(before), branchesOf(after)];
  if (was !== undefined && is !== undefined) return keysOfBoth(was, is).flatMap((key) => leaves(what, `${path}.${key}`, was[key], is[key]));
  const [a, b] = [before, after].map(textOf);
  return a === b ? [] : [{ what, name: path, before: a!, after: b! }];
}

const branchesOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  isRecord(value) && !ArrayBuffer.isView(value) ? { ...value } : undefined;

const textOf = (value: unknown): string => (value === undefined ? absent : JSON.stringify(value));

const keysOfBoth = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
