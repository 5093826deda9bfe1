import { defineErrors } from "@leader/graph";

/** Every error code of `create-leader-plugin`; a code is never reused. */
export const errors = defineErrors("LEADER_CREATE", {
  KIND_MISSING: (p: { kinds: readonly string[] }) => ({
    message: "no kind of stage is given",
    hint: `say --kind with one of ${p.kinds.join(", ")}`,
  }),
  KIND_UNKNOWN: (p: { kind: string; kinds: readonly string[] }) => ({
    message: `\`${p.kind}\` is no kind of stage`,
    hint: `say --kind with one of ${p.kinds.join(", ")}`,
  }),
  NAME_MISSING: () => ({ message: "no name is given", hint: "give the name of the package: npm create leader-plugin@latest my-plugin" }),
  NAME_INVALID: (p: { name: string; problems: readonly string[] }) => ({
    message: `\`${p.name}\` is no name that npm accepts for a new package: ${p.problems.join("; ")}`,
    hint: "use lower-case letters, digits and hyphens, with a scope (@you/leader-flash) or without",
  }),
  FOLDER_NOT_EMPTY: (p: { folder: string; holds: readonly string[] }) => ({
    message: `${p.folder} is not empty: it holds ${p.holds.slice(0, 3).join(", ")}${p.holds.length > 3 ? ", ..." : ""}`,
    hint: "choose another folder with --folder, or empty this one; nothing was written",
  }),
  FOLDER_IS_FILE: (p: { folder: string }) => ({
    message: `${p.folder} is a file`,
    hint: "choose another folder with --folder; nothing was written",
  }),
  FOLDER_UNUSABLE: (p: { folder: string; problem: string }) => ({
    message: `the plugin cannot be written to ${p.folder}: ${p.problem}`,
    hint: "choose another folder with --folder, or allow writing there",
  }),
  BAD_ARGUMENTS: (p: { problem: string }) => ({ message: p.problem, hint: "create-leader-plugin --help lists the arguments" }),
});
