import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isKind, namesOf } from "create-leader-plugin";
import { workspacePackages, workspaceRoot } from "../../scripts/workspace-packages.mjs";
import type { Block } from "./blocks.js";
import { shellCommands, type ShellCommand } from "./shell.js";

/** What is used of commander's program. */
interface CommandLine {
  readonly commands: readonly CommandLine[];
  readonly args: readonly string[];
  name(): string;
  opts(): Readonly<Record<string, unknown>>;
  configureOutput(output: Readonly<Record<"writeErr" | "writeOut", (text: string) => void>>): CommandLine;
  exitOverride(): CommandLine;
  action(run: () => void): CommandLine;
  parseAsync(args: readonly string[], options: { readonly from: "user" }): Promise<unknown>;
}

/** The command line as it was built: a package exports no parser. */
const { program } = (await import(new URL("../../../apps/cli/dist/main.js", import.meta.url).href)) as { readonly program: CommandLine };

const scriptsIn = (file: string): ReadonlySet<string> => {
  const { scripts } = JSON.parse(readFileSync(join(workspaceRoot, file), "utf8")) as { readonly scripts: object };
  return new Set(["install", ...Object.keys(scripts)]);
};
const ownScripts = scriptsIn("package.json");
const pluginScripts = scriptsIn("packages/create-leader-plugin/templates/package/package.json");
const pluginFiles: readonly string[] = ["package.json", "pipeline.yaml", "src/plugin.ts", "src/plugin.test.ts"];
const own: ReadonlySet<string> = new Set(workspacePackages().map(({ manifest }) => manifest.name));
const serverSources = readFileSync(join(workspaceRoot, "apps/server/src/http/routes/restorations.ts"), "utf8");

/** Endings of files that readers bring themselves: pictures, and weights that others publish. */
const theirs = /\.(?:jpe?g|png|webp|tiff?|npz)$/u;

/**
 * Reads the shell blocks of a page as someone does who follows it from the top: a command must exist, with its options, and so must the
 * files that it reads, in the repository, on the page, or made by a command before it.
 */
export class Reader {
  readonly #files: Set<string>;
  /** Plugins that were started, by their folder; the folder that the reader is in. */
  readonly #plugins = new Map<string, string>();
  #inPlugin = false;

  /** @param named files that pages show as blocks */
  constructor(named: Iterable<string>) {
    this.#files = new Set(named);
  }

  /** What is wrong with a block, by command. */
  async problems(block: Block): Promise<readonly string[]> {
    const found: string[] = [];
    for (const command of shellCommands(block.code)) {
      const problem = await this.#problem(command.words);
      if (problem !== undefined) found.push(`${block.document}: \`${command.source}\`: ${problem}`);
    }
    return found;
  }

  async #problem([name = "", ...args]: ShellCommand["words"]): Promise<string | undefined> {
    if (name === "npx" && args[0] === "leader") return this.#leader(args.slice(1));
    if (name === "leader") return this.#leader(args);
    if (name === "npm") return this.#npm(args);
    if (name === "npx" && args[0] === "nx") return args[1] === "release" ? undefined : `no use of nx that is known: ${args.join(" ")}`;
    if (name === "cd") {
      this.#inPlugin = this.#plugins.has(args[0] ?? "");
      return this.#inPlugin || existsSync(join(workspaceRoot, args[0] ?? "")) ? undefined : `there is no folder ${args[0] ?? ""}`;
    }
    if (name === "docker")
      return args.filter((word, i) => args[i - 1] === "-f" && !this.#has(word)).map((file) => `there is no ${file}`)[0];
    if (name === "curl") return curlProblem(args);
    if (name === "git" && args[0] === "clone") return void this.#files.add(args.at(-1)!);
    return `\`${name}\` is no command that is known here`;
  }

  async #leader(args: readonly string[]): Promise<string | undefined> {
    const parsed = await parse(args);
    if (typeof parsed === "string") return parsed;
    const { files, options } = parsed;
    const { pipeline, output, report, reference } = options;
    const missing = [...files, pipeline, reference].filter((file) => typeof file === "string" && !this.#has(file));
    for (const made of [output, report]) if (typeof made === "string") this.#files.add(made.replace(/\/$/u, ""));
    return missing.length === 0 ? undefined : `there is no ${missing.join(", ")}, and no command before makes it`;
  }

  #has(file: unknown): boolean {
    const path = String(file).replace(/\/$/u, "");
    // In capitals: a folder of the reader's.
    if (/^[A-Z-]+$/u.test(path) || theirs.test(path)) return true;
    if (this.#inPlugin && pluginFiles.includes(path)) return true;
    const made = [...this.#files].some((one) => path === one || path.startsWith(`${one}/`));
    return made || existsSync(join(workspaceRoot, path));
  }

  #npm([command = "", ...args]: readonly string[]): string | undefined {
    if (command === "create") return this.#create(args);
    if (command === "install") return this.#install(args);
    if (command === "publish") return unknownFlag(args, ["--access", "public", "--provenance"]);
    const script = command === "run" ? (args[0] ?? "") : command;
    const scripts = this.#inPlugin ? pluginScripts : ownScripts;
    if (!scripts.has(script)) return `there is no script ${script}; there are ${[...scripts].join(", ")}`;
    const files = args.slice(args.indexOf("--") + 1).filter((word) => args.includes("--") && /^[\w@.-]+\/[\w./-]+\.\w+$/u.test(word));
    const missing = files.filter((file) => !this.#has(file));
    return missing.length === 0 ? undefined : `there is no ${missing.join(", ")}`;
  }

  #create([what = "", name = "", ...args]: readonly string[]): string | undefined {
    if (what !== "leader-plugin@latest") return `npm create ${what} is not ours`;
    const [dashes, flag, kind = ""] = args;
    if (dashes !== "--" || flag !== "--kind" || !isKind(kind)) return `${args.join(" ")}: expected -- --kind and a kind`;
    this.#plugins.set(name.replace(/^.*\//u, ""), namesOf(name).package);
    return undefined;
  }

  #install(args: readonly string[]): string | undefined {
    const packages = args.filter((word) => !word.startsWith("-"));
    const made = [...this.#plugins.values()];
    const unknown = packages.filter((name) => !own.has(name) && !made.includes(name));
    if (unknown.length > 0) return `${unknown.join(", ")} is no package of this repository, nor one that the page makes`;
    // Installed elsewhere than in the plugin: the reader has left it.
    if (packages.some((name) => made.includes(name))) this.#inPlugin = false;
    return unknownFlag(
      args.filter((word) => word.startsWith("-")),
      ["--ignore-scripts", "--save-dev", "--global"],
    );
  }
}

const unknownFlag = (args: readonly string[], known: readonly string[]): string | undefined =>
  args.every((word) => known.includes(word)) ? undefined : `${args.join(" ")}: only ${known.join(", ")} are known here`;

function curlProblem(args: readonly string[]): string | undefined {
  const address = args.find((word) => word.startsWith("http://127.0.0.1:8080"));
  if (address === undefined) return "not the address of the service";
  const { pathname } = new URL(address);
  return serverSources.includes(pathname) ? undefined : `the service has no ${pathname}`;
}

interface Parsed {
  readonly files: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** Commands whose arguments are files. */
const readsFiles: ReadonlySet<string> = new Set([
  "restore",
  "degrade",
  "report",
  "import-lpips",
  "upscale",
  "denoise",
  "inpaint",
  "deblur",
  "colorize",
]);

/** What the command line's own parser makes of arguments, or what it says against them. */
async function parse(args: readonly string[]): Promise<Parsed | string> {
  const said: string[] = [];
  let parsed: Parsed | undefined;
  const prepare = (command: CommandLine): void => {
    command.configureOutput({ writeErr: (text) => void said.push(text), writeOut: (text) => void said.push(text) }).exitOverride();
    for (const one of command.commands) prepare(one);
    if (command !== program && command.commands.length === 0)
      command.action(() => {
        const files = readsFiles.has(command.name()) ? command.args : [];
        parsed = { files, options: { ...command.opts() } };
      });
  };
  prepare(program);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if ((error as { readonly exitCode?: number }).exitCode === 0) return { files: [], options: {} };
    return said.join("").trim() || String(error);
  }
  return parsed ?? said.join("").trim();
}
