import { defineErrors } from "@leader/graph/errors";

/** Error codes of pipeline files, of what they extend, and of their params. */
export const configErrors = defineErrors("LEADER", {
  // Pipeline files
  CONFIG_SYNTAX: (p: { problem: string }) => ({
    message: p.problem,
    hint: "correct the YAML at the place shown",
  }),
  CONFIG_NEEDS_QUOTES: (p: { value: string }) => ({
    message: `a YAML value cannot start with \`@\` unless it is quoted`,
    hint: `put the reference in quotes: "${p.value}"`,
  }),
  CONFIG_TOO_LARGE: (p: { what: string; received: number; limit: number }) => ({
    message: `the file has ${p.received} ${p.what}; the limit is ${p.limit}`,
    hint: "a pipeline file is short: check that this is the right file, and keep arrays in files of their own",
  }),
  CONFIG_NOT_TEXT: (p: { problem: string }) => ({
    message: `the file is not a text file: ${p.problem}`,
    hint: "save it as UTF-8 text, and check that this is the right file",
  }),
  CONFIG_DUPLICATE_KEY: (p: { key: string }) => ({
    message: `the key \`${p.key}\` occurs twice`,
    hint: "keep one of the two",
  }),
  CONFIG_KEY_REFUSED: (p: { key: string; reason: string }) => ({
    message: `the key ${p.key} is refused: ${p.reason}`,
    hint: "use plain text keys",
  }),
  CONFIG_TAG_REFUSED: (p: { tag: string }) => ({
    message: `the YAML tag ${p.tag} is refused: a pipeline file holds plain values only`,
    hint: "remove the tag",
  }),
  CONFIG_ALIASES_REFUSED: (p: { problem: string }) => ({
    message: `the YAML aliases of the file cannot be expanded: ${p.problem}`,
    hint: "write the values out",
  }),
  CONFIG_UNKNOWN_KEY: (p: { key: string; where: string; similar: string | undefined; known: readonly string[] }) => ({
    message: `unknown key \`${p.key}\` in ${p.where}${p.known.length === 0 ? "" : `; it knows ${p.known.join(", ")}`}`,
    hint: p.similar === undefined ? "remove it" : `did you mean \`${p.similar}\`?`,
  }),
  CONFIG_MISSING_KEY: (p: { key: string; where: string; expected: string }) => ({
    message: `${p.where} lacks the key \`${p.key}\`${p.expected === "" ? "" : ` (${p.expected})`}`,
    hint: `add \`${p.key}: ...\``,
  }),
  CONFIG_INVALID_VALUE: (p: { where: string; problem: string; received: string }) => ({
    message: `${p.where}: ${p.problem}, received ${p.received}`,
    hint: "correct the value",
  }),
  CONFIG_KEY_CONFLICT: (p: { key: string; other: string }) => ({
    message: `\`${p.key}\` and \`${p.other}\` are two names of the same stage`,
    hint: "keep one of the two",
  }),
  OVERRIDE_INVALID: (p: { problem: string }) => ({
    message: p.problem,
    hint: "write it as path=value, for example baseline.with.eta=0.5",
  }),

  // What a pipeline extends, and its params
  EXTENDS_NOT_FOUND: (p: { reference: string; path: string }) => ({
    message: `\`${p.reference}\` is not there: ${p.path}`,
    hint: "check the path; it is relative to the file that names it",
  }),
  EXTENDS_REFUSED: (p: { reference: string; allowed: readonly string[] }) => ({
    message: `\`${p.reference}\` may not be extended here; allowed are presets of ${p.allowed.join(", ")}`,
    hint: "extend one of those presets, or write out what is extended: `leader check --print-pipeline` does",
  }),
  EXTENDS_CYCLE: (p: { chain: readonly string[] }) => ({
    message: `a pipeline cannot extend itself: ${p.chain.join(" extends ")}`,
    hint: "remove this `extends`, or let it name a file that ends the chain",
  }),
  EXTENDS_TOO_LONG: (p: { chain: readonly string[]; limit: number }) => ({
    message: `more than ${p.limit} files extend one another: ${p.chain.join(" extends ")}`,
    hint: "write some of them as one file",
  }),
  PRESETS_NOT_INSTALLED: (p: { package: string; directory: string }) => ({
    message: `the package ${p.package} was not found from ${p.directory}`,
    hint: `install it beside the pipeline file: npm install ${p.package}`,
  }),
  PRESETS_NONE: (p: { package: string }) => ({
    message: `${p.package} holds no presets: its package.json names no folder inside the package as \`leader.presets\``,
    hint: 'extend a package that does; its author writes "leader": { "presets": "./presets" } into its package.json',
  }),
  PRESET_NOT_FOUND: (p: { package: string; name: string; similar: string | undefined; known: readonly string[] }) => ({
    message: `${p.package} has no preset \`${p.name}\`; it has ${p.known.length === 0 ? "none" : p.known.join(", ")}`,
    hint: p.similar === undefined ? "choose one of the presets named in the message" : `did you mean \`${p.package}#${p.similar}\`?`,
  }),
  PARAM_UNKNOWN: (p: { name: string; similar: string | undefined; known: readonly string[] }) => ({
    message: `the pipeline has no param \`${p.name}\`; it has ${p.known.length === 0 ? "none" : p.known.join(", ")}`,
    hint: p.similar === undefined ? "`leader explain` lists its params; --set changes any other value" : `did you mean \`${p.similar}\`?`,
  }),
  PARAM_INVALID: (p: { name: string; expected: string; received: string }) => ({
    message: `the param \`${p.name}\` takes ${p.expected}, received ${p.received}`,
    hint: "correct the value",
  }),
  PARAM_MISSING: (p: { name: string; description: string }) => ({
    message: `the param \`${p.name}\` has no value${p.description === "" ? "" : ` (${p.description})`}`,
    hint: `give it one: --param ${p.name}=... (in code: params; of a service: the field param), or state its \`default\``,
  }),
  PARAM_CONFLICT: (p: { name: string; path: string; other: string }) => ({
    message: `\`${p.path}\` is set by the param \`${p.name}\` and by ${p.other}`,
    hint: "keep one of the two; what stands there where a param is not given is its `default`",
  }),
  PARAM_PATH: (p: { name: string; path: string }) => ({
    message: `the param \`${p.name}\` cannot set \`${p.path}\`: the path leads through a value that holds no keys`,
    hint: "correct `sets`; it is written as the path of --set, for example operator.with.factor",
  }),
});
