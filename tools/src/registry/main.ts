/**
 * `npm run registry-round [-- npm,pnpm,yarn,pnp,bun,deno] [--rounds 4] [--behind URL] [--original-runtime]`: publishes everything to a
 * registry on this machine, then a patch of the contract, a minor version of it with what follows, and one baseline alone. After each, a new
 * project is installed with every package manager, scripts on, where nothing but the registry can be reached: it must hold one copy of
 * the contract, of the version expected, and restore a picture. `--original-runtime` publishes the onnxruntime backend as it stands in the
 * workspace: what the repacked runtime spares.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { repack } from "../runtime/repack.js";
import { unpackRuntime } from "../runtime/source.js";
import { Isolation } from "./isolation.js";
import { installTools, managerKeys } from "./managers/index.js";
import { Project } from "./project.js";
import { Registry } from "./registry.js";
import { rounds } from "./rounds.js";
import { StagedPackages } from "../packed/staged.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    behind: { type: "string", default: "https://registry.npmjs.org/" },
    rounds: { type: "string", default: "4" },
    "original-runtime": { type: "boolean", default: false },
  },
});

/** @returns how many installations failed */
async function main(place: string): Promise<number> {
  const wanted = positionals[0]?.split(",") ?? managerKeys;
  const unknown = wanted.filter((key) => !managerKeys.includes(key));
  if (unknown.length > 0) throw new Error(`no package manager ${unknown.join(", ")}; there are ${managerKeys.join(", ")}`);
  const { verdaccio, managers } = installTools(join(place, "tools"), wanted);
  const staged = StagedPackages.of(root, join(place, "packages"), values["original-runtime"]);
  await using registry = await Registry.start(verdaccio, join(place, "registry"), values.behind);
  // For this machine's registry only: a release adds licence and notices.
  const repacked = repack(unpackRuntime(root, join(place, "runtime")), join(place, "repacked"), {});
  registry.publish(
    join(place, "repacked"),
    repacked.map(({ name }) => name),
  );
  const isolation = new Isolation(place);
  isolation.check(place);
  let failed = 0;
  for (const round of [...rounds(staged)].slice(0, Number(values.rounds))) {
    const start = Date.now();
    registry.publish(staged.place, round.prepare());
    say(`${round.title}: published in ${((Date.now() - start) / 1000).toFixed(0)} s`);
    for (const manager of managers) {
      const project = new Project(mkdtempSync(join(place, "project-")), manager, registry, isolation);
      try {
        say(`  ${manager.name.padEnd(18)} ${project.prove(staged)}`);
      } catch (error) {
        failed++;
        say(`  ${manager.name.padEnd(18)} FAILED: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        project.remove();
      }
    }
  }
  return failed;
}

const place = mkdtempSync(join(tmpdir(), "leader-registry-"));
try {
  process.exitCode = (await main(place)) === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}
