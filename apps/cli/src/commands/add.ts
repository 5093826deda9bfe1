import { spawnSync } from "node:child_process";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { managerFor, runtimeVersion, type PackageManager } from "../package-manager.js";
import { makeOutput } from "../render/output.js";

/** What is not installed with the command line and has a short name. */
interface Part {
  readonly packages: readonly string[];
  /** True for what the command line itself imports: it must be found from there, where plugins are looked up from the pipeline. */
  readonly beside?: true;
  /** True if onnxruntime-node with its install script must take the place of the one without. */
  readonly originalRuntime?: true;
  readonly note?: string;
}

const parts: Readonly<Record<string, Part>> = {
  tfjs: { packages: ["@leader/backend-tfjs"], note: 'then: backend: { use: "@leader/backend-tfjs#wasm" }' },
  tensorflow: {
    packages: ["@leader/backend-tfjs", "@tensorflow/tfjs-node"],
    note: "tfjs-node fetches libtensorflow in its install script: it needs the network and scripts switched on",
  },
  "tensorflow-gpu": {
    packages: ["@leader/backend-tfjs", "@tensorflow/tfjs-node-gpu"],
    note: "needs CUDA and cuDNN; its install script fetches libtensorflow",
  },
  webgpu: { packages: ["@leader/backend-tfjs", "webgpu"] },
  report: { packages: ["@observablehq/plot", "linkedom"], beside: true, note: "then: leader restore ... --report page.html" },
  server: { packages: ["@leader/server"], beside: true, note: "then: leader serve" },
  cuda: {
    packages: [],
    originalRuntime: true,
    note: "its install script fetches the CUDA provider (Linux x64) from api.nuget.org; the cpu provider never needs it",
  },
};

/** npm names, with a version or without. */
const packageName = /^(?:@[a-z0-9][\w.~-]*\/)?[a-z0-9][\w.~-]*(?:@[\w.^~<>=*-]+)?$/u;

/** Says, or with `run` does, what installs a backend or a plugin; returns the exit code. */
export function add(names: readonly string[], options: { readonly run: boolean; readonly json: boolean }): number {
  const output = makeOutput(options.json);
  const wanted = names.map(partOf);
  const manager = managerFor(process.cwd());
  const replacement = wanted.some((part) => part.originalRuntime === true) ? manager.replaceRuntime(runtimeVersion()) : undefined;
  const commands = [...commandsFor(wanted, manager), ...(replacement?.commands ?? [])];
  output.record({ type: "add", commands, run: options.run });
  for (const command of commands) output.text(command.join(" "));
  for (const { note } of [...wanted, replacement ?? {}]) if (note !== undefined) output.text(`  ${note}`);
  if (!options.run) return exitCodes.ok;
  const done = commands.every(([command, ...args]) => {
    const { status } = spawnSync(command, args, { cwd: manager.folder, stdio: "inherit", shell: process.platform === "win32" });
    return status === 0;
  });
  return done ? exitCodes.ok : exitCodes.temporary;
}

function partOf(name: string): Part {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part === undefined && !packageName.test(name))
    throw errors.USAGE({
      problem: `\`${name}\` is neither a package nor one of ${Object.keys(parts).join(", ")}`,
      hint: "give the name of an npm package",
    });
  return part ?? { packages: [name] };
}

type Command = readonly [string, ...string[]];

function commandsFor(wanted: readonly Part[], manager: PackageManager): readonly Command[] {
  const beside = packagesOf(wanted.filter((part) => part.beside === true));
  const others = packagesOf(wanted.filter((part) => part.beside !== true));
  const global = !manager.holdsCommandLine && beside.length > 0;
  const here = global ? others : [...beside, ...others];
  return [
    ...(global ? [["npm", "install", "--global", ...beside] as const] : []),
    ...(here.length > 0 ? [[...manager.add, ...here] as const] : []),
  ];
}

const packagesOf = (wanted: readonly Part[]): readonly string[] => [...new Set(wanted.flatMap(({ packages }) => packages))];
