import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { makeOutput } from "../render/output.js";

/** Short names of what is not installed by default: the packages, and what else there is to know. */
const parts: Readonly<Record<string, { readonly packages: readonly string[]; readonly note?: string }>> = {
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
  cuda: {
    packages: ["onnxruntime-node"],
    note: "its install script fetches the CUDA provider (Linux x64): install with scripts switched on; the cpu provider never needs it",
  },
};

/** npm names, with a version or without. */
const packageName = /^(?:@[a-z0-9][\w.~-]*\/)?[a-z0-9][\w.~-]*(?:@[\w.^~<>=*-]+)?$/u;

/** How each package manager adds a package, by the lock file that tells it. */
const managers = [
  { lock: "pnpm-lock.yaml", command: ["pnpm", "add"] },
  { lock: "yarn.lock", command: ["yarn", "add"] },
  { lock: "bun.lock", command: ["bun", "add"] },
  { lock: "package-lock.json", command: ["npm", "install"] },
] as const;

/** Says, or with `run` does, what installs a backend or a plugin; returns the exit code. */
export function add(names: readonly string[], options: { readonly run: boolean; readonly json: boolean }): number {
  const output = makeOutput(options.json);
  const wanted = names.map((name) => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (part === undefined && !packageName.test(name))
      throw errors.USAGE({
        problem: `\`${name}\` is neither a package nor one of ${Object.keys(parts).join(", ")}`,
        hint: "give the name of an npm package",
      });
    return part ?? { packages: [name] };
  });
  const [command, ...first] = managerOf(process.cwd());
  const args = [...first, ...new Set(wanted.flatMap(({ packages }) => packages))];
  output.record({ type: "add", command: [command, ...args], run: options.run });
  output.text([command, ...args].join(" "));
  for (const { note } of wanted) if (note !== undefined) output.text(`  ${note}`);
  if (!options.run) return exitCodes.ok;
  const { status } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  return status === 0 ? exitCodes.ok : exitCodes.temporary;
}

/** The package manager of the folder or of the nearest above it that has a lock file; npm where there is none. */
function managerOf(folder: string): readonly [string, ...string[]] {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = managers.find(({ lock }) => existsSync(join(at, lock)));
    if (found !== undefined) return found.command;
    if (at === dirname(at)) return ["npm", "install"];
  }
}
