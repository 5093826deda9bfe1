import type { StagedPackages } from "../packed/staged.js";

export const core = "@leader/core";
export const baseline = "@leader/baseline-ddnm";

/** One change of what is published. */
interface Round {
  readonly title: string;
  /** Changes the staged packages. @returns which are to be published */
  prepare(): readonly string[];
}

/** Everything, then each way in which packages move on their own. They build on each other, so they are prepared in order. */
export function rounds(staged: StagedPackages): readonly Round[] {
  return [
    { title: "everything", prepare: () => staged.names },
    {
      title: "a patch of the contract alone",
      prepare: () => {
        staged.setVersion(core, next(staged.version(core), 2));
        return [core];
      },
    },
    {
      title: "a minor version of the contract, and the packages on it",
      prepare: () => staged.release(core, next(staged.version(core), 1)),
    },
    {
      title: "one baseline alone",
      prepare: () => {
        staged.setVersion(baseline, next(staged.version(baseline), 2));
        return [baseline];
      },
    },
  ];
}

/** The version after this one: `place` 1 for minor, 2 for patch. */
function next(version: string, place: 1 | 2): string {
  const parts = version.split(".").map(Number);
  return parts.map((part, i) => (i === place ? part + 1 : i > place ? 0 : part)).join(".");
}
