import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { newPackage, NewPackageError } from "./new-package.js";

/** `npm run new -- baseline my-method`: a package of this repository, linked and locked, with tests that pass. */
const [kind, name, ...others] = process.argv.slice(2);
const root = fileURLToPath(new URL("../../../", import.meta.url));

function main(): number {
  if (kind === undefined || name === undefined || others.length > 0) {
    process.stderr.write("usage: npm run new -- baseline my-method\n");
    return 2;
  }
  const folder = newPackage(root, kind, name);
  process.stdout.write(`${folder} is written\n`);
  const { status } = spawnSync("npm", ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) return 1;
  process.stdout.write(`\nnpm run build\nnpx vitest run ${folder}\nnpx leader plugins     # lists it\n`);
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof NewPackageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
