import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installTools, type Manager } from "./managers.js";
import { Registry } from "./registry.js";
import { StagedPackages } from "./staged.js";

/**
 * `npm run registry-round [-- npm,pnpm,yarn,pnp] [--behind URL]`: publishes everything to a registry on this machine, then a patch of the contract,
 * a minor version of it with what follows, and one baseline alone. After each, a new project is installed with every package manager: it
 * must hold one copy of the contract, of the version expected, and restore a picture.
 */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const core = "@leader/core";
const baseline = "@leader/baseline-ddnm";
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Round {
  readonly title: string;
  /** Version of the contract that a new installation must have. */
  readonly core: string;
  /** Packages to publish. */
  readonly publish: readonly string[];
}

/** The rounds in order: each changes the staged packages when it is asked for. */
function* rounds(staged: StagedPackages): Generator<Round> {
  const [first] = [staged.version(core)];
  yield { title: "everything", core: first, publish: staged.names };
  const patch = next(first, 2);
  staged.setVersion(core, patch);
  yield { title: `a patch of the contract, ${patch}, alone`, core: patch, publish: [core] };
  const minor = next(first, 1);
  const moved = staged.release(core, minor);
  yield { title: `a minor version of the contract, ${minor}, and the ${moved.length - 1} packages on it`, core: minor, publish: moved };
  staged.setVersion(baseline, next(staged.version(baseline), 2));
  yield { title: `${baseline} ${staged.version(baseline)} alone`, core: minor, publish: [baseline] };
}

/** The version after this one: `place` 1 for minor, 2 for patch. */
function next(version: string, place: 1 | 2): string {
  const parts = version.split(".").map(Number);
  return parts.map((part, i) => (i === place ? part + 1 : i > place ? 0 : part)).join(".");
}

/** Installs a project that uses command line, library and a baseline, and restores a picture in it. */
function project(place: string, manager: Manager, registry: Registry, staged: StagedPackages, round: Round): string {
  mkdirSync(place, { recursive: true });
  const dependencies = { "@leader/cli": "latest", "leader-restore": "latest", [baseline]: "latest", [core]: "latest", zod: "4.6.7" };
  writeFileSync(join(place, "package.json"), JSON.stringify({ name: "a-project", private: true, dependencies }));
  const installed = manager.install(place, registry);
  if (installed.status !== 0) throw new Error(`${manager.name}: the installation failed:\n${installed.output.slice(-4000)}`);
  const copies = manager.copies(place, core);
  if (copies.join() !== round.core)
    throw new Error(`${manager.name}: expected one copy of ${core}, ${round.core}; found ${copies.join(", ") || "none"}`);
  const [held] = manager.copies(place, baseline);
  if (held !== staged.version(baseline))
    throw new Error(`${manager.name}: expected ${baseline} ${staged.version(baseline)}, found ${held ?? "none"}`);
  manager.bin(place, ["leader", "sample", "picture.png", "--size", "48"]);
  manager.bin(place, ["leader", "denoise", "picture.png", "--noise", "0.1", "--quality", "draft", "-o", "restored.png"]);
  if (!existsSync(join(place, "restored.png"))) throw new Error(`${manager.name}: no picture was restored`);
  return `one ${core} ${copies[0]!}, restored; installed in ${installed.seconds.toFixed(0)} s${sizeOf(place)}`;
}

/** Megabytes and packages below node_modules. */
function sizeOf(place: string): string {
  const lock = join(place, "package-lock.json");
  if (!existsSync(lock)) return "";
  const { packages } = JSON.parse(readFileSync(lock, "utf8")) as { readonly packages: Readonly<Record<string, unknown>> };
  const modules = join(place, "node_modules");
  const bytes = readdirSync(modules, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  const count = Object.keys(packages).filter((path) => existsSync(join(place, path)) && path !== "").length;
  return `, ${(bytes / 1e6).toFixed(0)} MB in ${count} packages`;
}

async function main(args: readonly string[]): Promise<void> {
  const behind = args.includes("--behind") ? args[args.indexOf("--behind") + 1]! : "https://registry.npmjs.org/";
  const wanted = args[0]?.startsWith("--") === false ? args[0].split(",") : undefined;
  const place = mkdtempSync(join(tmpdir(), "leader-registry-"));
  try {
    const { verdaccio, managers } = installTools(join(place, "tools"));
    const keys = ["npm", "pnpm", "yarn", "pnp"];
    const chosen = managers.filter((_, i) => wanted === undefined || wanted.includes(keys[i]!));
    const staged = StagedPackages.of(root, join(place, "packages"));
    await using registry = await Registry.start(verdaccio, join(place, "registry"), behind);
    let number = 0;
    for (const round of rounds(staged)) {
      for (const name of round.publish) registry.publish(staged.folder(name));
      say(`${round.title}: ${round.publish.length} published`);
      for (const manager of chosen) {
        const folder = join(place, `project-${number++}`);
        say(`  ${manager.name.padEnd(18)} ${project(folder, manager, registry, staged, round)}`);
        rmSync(folder, { recursive: true, force: true });
      }
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
