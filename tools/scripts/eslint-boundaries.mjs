import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileOf, importPath, siblingPath } from "./import-circles.mjs";
import { readManifest, workspacePackages, workspaceRoot } from "./workspace-packages.mjs";

/**
 * @typedef {object} Boundaries the table of tools/boundaries.json
 * @property {Readonly<Record<string, { readonly mayDependOn: readonly string[], readonly mayBringAlong?: readonly string[], readonly testsMayDependOn?: readonly string[], readonly banned: readonly string[] }>>} tags
 * @property {Readonly<Record<string, string>>} projects
 * @property {readonly { readonly reason: string, readonly imports: readonly string[], readonly files: readonly string[] }[]} onlyIn
 */

/** @type {Boundaries} */
export const boundaries = JSON.parse(readFileSync(join(workspaceRoot, "tools/boundaries.json"), "utf8"));

/** @param {string} pattern @param {string} name */
export const matches = (pattern, name) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern);

/**
 * The tag the table gives a package folder.
 * @param {string} folder
 */
export function tagOf(folder) {
  for (const [pattern, tag] of Object.entries(boundaries.projects)) {
    if (pattern === folder || (pattern.endsWith("/*") && dirname(folder) === pattern.slice(0, -2))) return tag;
  }
  return undefined;
}

const packages = workspacePackages();
const folderOfName = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]));
const rootManifest = readManifest(".");
const builtins = new Set(builtinModules);

/** @param {string} specifier */
function packageNameOf(specifier) {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : String(parts[0]);
}

/** @param {string} path @param {string} folder */
const isWithin = (path, folder) => path === folder || path.startsWith(`${folder}/`);

/**
 * Why `file` must not import `specifier`, or undefined when it may.
 * @param {string} file path from the workspace root, with "/"
 * @param {string} specifier
 * @returns {string | undefined}
 */
export function importProblem(file, specifier) {
  const owner = packages.find(({ folder }) => isWithin(file, folder));
  if (owner === undefined) return undefined;
  const tag = tagOf(owner.folder);
  const rules = tag === undefined ? undefined : boundaries.tags[tag];
  if (tag === undefined || rules === undefined) return `${owner.folder} has no row in tools/boundaries.json`;

  // Tests and maintainer tools are never published, so they may lean on what is only installed for development.
  const isTest = /\.test\.ts$/.test(file) || isWithin(file, `${owner.folder}/test`);
  const lent = isTest ? [...rules.mayDependOn, ...(rules.mayBringAlong ?? [])] : rules.mayDependOn;
  const allowed = isTest ? [...lent, ...(rules.testsMayDependOn ?? [])] : lent;

  if (specifier.startsWith(".") || isAbsolute(specifier)) {
    const target = relative(workspaceRoot, resolve(workspaceRoot, dirname(file), specifier))
      .split(sep)
      .join("/");
    if (!isWithin(target, owner.folder)) {
      // What helps the tests of a package is no part of what it exports.
      const helped = packages.find(({ folder }) => isWithin(target, `${folder}/test`));
      const helps = isTest && helped !== undefined && lent.includes(tagOf(helped.folder) ?? "");
      return helps ? undefined : `leaves ${owner.folder}: import the other package by its name`;
    }
    return undefined;
  }

  if (specifier.startsWith("node:") || builtins.has(specifier)) return undefined;
  const name = packageNameOf(specifier);

  for (const { imports, files, reason } of boundaries.onlyIn) {
    if (imports.some((pattern) => matches(pattern, name)) && !files.includes(file))
      return `${name} is for ${files.join(", ")} only: ${reason}`;
  }
  if (rules.banned.some((pattern) => matches(pattern, name))) return `${name} is banned in ${tag}`;

  const targetFolder = folderOfName.get(name);
  if (targetFolder !== undefined || name.startsWith("@leader/")) {
    if (targetFolder === undefined) return `${name} is not a package of this workspace`;
    if (targetFolder !== owner.folder) {
      const targetTag = tagOf(targetFolder);
      if (targetTag === undefined || !allowed.includes(targetTag)) return `${tag} may not depend on ${targetTag ?? "an untagged package"}`;
    }
    const entry = `.${specifier.slice(name.length)}`;
    const target = packages.find(({ folder }) => folder === targetFolder);
    if (!(entry in (target?.manifest.exports ?? {}))) return `${specifier} is not an entry point of ${name}`;
  }

  if (name === owner.manifest.name) return undefined;
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = owner.manifest;
  // A page holds what it needs in its built files, so that nothing of it is installed with them.
  const declared =
    isTest || tag === "type:tool" || tag === "type:page"
      ? { ...rootManifest.devDependencies, ...devDependencies, ...dependencies, ...peerDependencies, ...optionalDependencies }
      : { ...dependencies, ...peerDependencies, ...optionalDependencies };
  return name in declared ? undefined : `${name} is not declared in ${owner.folder}/package.json`;
}

/**
 * A rule on every specifier of a file, in imports, exports, types and `import()`.
 * @param {string} message with {{specifier}} and {{problem}}
 * @param {(file: string, specifier: string) => string | undefined} problemOf given the file's path
 * @returns {import("eslint").Rule.RuleModule}
 */
const importRule = (message, problemOf) => ({
  meta: { type: "problem", schema: [], messages: { forbidden: message } },
  create(context) {
    /** @param {import("estree").Node | null | undefined} source */
    const check = (source) => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const specifier = source.value;
      const problem = problemOf(context.filename, specifier);
      if (problem !== undefined) context.report({ node: source, messageId: "forbidden", data: { specifier, problem } });
    };
    /** @param {{ source?: import("estree").Node | null | undefined }} node */
    const checkSource = (node) => {
      check(node.source);
    };
    return {
      ImportDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      // eslint's own no-restricted-imports does not look at import(), which is how heavy libraries are loaded here.
      ImportExpression: checkSource,
      TSImportType: checkSource,
    };
  },
});

/** @param {string} path */
const fromRoot = (path) => relative(workspaceRoot, path).split(sep).join("/");

const boundariesRule = importRule("'{{specifier}}': {{problem}}.", (file, specifier) => importProblem(fromRoot(file), specifier));

// Types count: files that need each other's types cannot be read, or moved, one without the other.
const circlesRule = importRule("A circle of imports: {{problem}}.", (file, specifier) => {
  if (!specifier.startsWith(".")) return undefined;
  const target = fileOf(file, specifier);
  const back = importPath(target, file);
  if (back !== undefined) return [file, ...back].map(fromRoot).join(" -> ");
  const inSource = [file, target].every((path) => fromRoot(path).includes("/src/") && !path.endsWith(".test.ts"));
  const around = inSource ? siblingPath(file, target) : undefined;
  return around && [...around, around[0] ?? ""].map(fromRoot).join(" -> ");
});

/** @type {import("eslint").Rule.RuleModule} */
const kebabCaseRule = {
  meta: { type: "suggestion", schema: [], messages: { name: "File names are kebab-case." } },
  create: (context) => ({
    Program(node) {
      if (!/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(basename(context.filename))) context.report({ node, messageId: "name" });
    },
  }),
};

export default { rules: { boundaries: boundariesRule, circles: circlesRule, "kebab-case-file": kebabCaseRule } };
