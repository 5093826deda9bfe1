import { basename, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { isLeaderError } from "@leader/graph";
import { errors } from "./error-codes.js";
import { isKind, kindNames, kinds, type Kind } from "./kinds.js";
import { namesOf } from "./names.js";
import { scaffoldFiles, writeScaffold } from "./scaffold.js";

const help = `Starts a plugin of LEADer with one stage: source, conformance tests, a pipeline, README, CI.

  npm create leader-plugin@latest <name> -- --kind <kind>

  <name>              of the npm package: my-plugin, @you/leader-flash
  --kind <kind>       what the plugin has:
${kindNames.map((kind) => `                        ${kind.padEnd(12)} ${kinds[kind]}`).join("\n")}
  --folder <folder>   where it goes (default: the name without its scope)
  --help

Without a kind, a terminal is asked.
`;

interface Wanted {
  readonly name: string | undefined;
  readonly kind: string | undefined;
  readonly folder: string | undefined;
}

/** What the command line asks for; undefined for help. Errors: `BAD_ARGUMENTS`. */
function wantedOf(args: readonly string[]): Wanted | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { kind: { type: "string", short: "k" }, folder: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help === true) return undefined;
    if (positionals.length > 1) throw errors.BAD_ARGUMENTS({ problem: `one name is expected, received ${positionals.join(" ")}` });
    return { name: positionals[0], kind: values.kind, folder: values.folder };
  } catch (cause) {
    if (isLeaderError(cause)) throw cause;
    throw errors.BAD_ARGUMENTS({ problem: (cause as Error).message.replace(/\.? To specify a positional.*$/u, "") }, { cause });
  }
}

/** Name and kind, asked for where the command line does not say them and a person can answer; undefined if that person turned away. */
async function decided({ name, kind }: Wanted): Promise<{ readonly name: string; readonly kind: Kind } | undefined> {
  if (kind !== undefined && !isKind(kind)) throw errors.KIND_UNKNOWN({ kind, kinds: kindNames });
  if (name !== undefined) namesOf(name);
  if (name !== undefined && kind !== undefined) return { name, kind };
  if (!process.stdin.isTTY) throw name === undefined ? errors.NAME_MISSING(undefined) : errors.KIND_MISSING({ kinds: kindNames });
  const { askKind, askName } = await import("./questions.js");
  const chosenName = name ?? (await askName());
  const chosenKind = chosenName === undefined ? undefined : (kind ?? (await askKind()));
  return chosenName === undefined || chosenKind === undefined ? undefined : { name: chosenName, kind: chosenKind };
}

async function main(args: readonly string[]): Promise<void> {
  const wanted = wantedOf(args);
  if (wanted === undefined) {
    process.stdout.write(help);
    return;
  }
  const choice = await decided(wanted);
  if (choice === undefined) {
    process.exitCode = 130;
    return;
  }
  const folder = resolve(wanted.folder ?? basename(choice.name));
  const files = scaffoldFiles(choice.kind, namesOf(choice.name));
  writeScaffold(folder, files);
  const place = relative(process.cwd(), folder);
  process.stdout.write(
    `${choice.name}: a ${choice.kind} in ${place === "" ? "this folder" : place}, ${files.length} files\n\n` +
      `${place === "" ? "" : `  cd ${place}\n`}  npm install --ignore-scripts\n  npm test\n  npm run build\n  npm run try\n`,
  );
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!isLeaderError(error)) throw error;
  process.stderr.write(`error ${error.code}: ${error.message}\n  hint: ${error.hint}\n`);
  process.exitCode = error.code === "LEADER_CREATE_BAD_ARGUMENTS" ? 2 : 42;
}
