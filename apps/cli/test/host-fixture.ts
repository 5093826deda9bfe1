import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BundledPlugins } from "leader-restore";

/** A folder outside the workspaces, so that nothing is found there by accident. */
export async function makeFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "leader-host-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** The built packages of the workspace, as the command line hands them to the host. */
export function builtPlugins(...names: readonly string[]): BundledPlugins {
  const { resolve } = createRequire(import.meta.url);
  return Object.fromEntries(names.map((name) => [name, { url: pathToFileURL(resolve(name)).href }]));
}

/** The same packages from their sources, for pipelines that are traced in this process, where everything runs from source. */
export function sourcePlugins(folders: Readonly<Record<string, string>>): BundledPlugins {
  return Object.fromEntries(
    Object.entries(folders).map(([name, folder]) => [
      name,
      { url: new URL(`../../../packages/${folder}/src/index.ts`, import.meta.url).href },
    ]),
  );
}

/** A Gaussian prior N(0, I/4) on 20 levels, as a plugin in one file without dependencies. */
export const priorPlugin = `
const options = { "~standard": { version: 1, vendor: "example", validate: (value) => ({ value }) } };
const alphaBar = Float64Array.from({ length: 21 }, (_, i) => Math.cos((i / 21) * 1.5) ** 2);
const schedule = { length: 21, alphaBar, timestep: Float64Array.from({ length: 21 }, (_, i) => i - 1) };
const denoise = (x, level) => {
  const x0 = x.mul(level.sqrtAlphaBar.mul(0.25)).div(level.alphaBar.mul(0.25).add(level.sqrtOneMinusAlphaBar.square()));
  return { x0, epsilon: x.sub(x0.mul(level.sqrtAlphaBar)).div(level.sqrtOneMinusAlphaBar) };
};
export default { apiVersion: "1.0", name: "prior", version: "1.0.0", stages: {
  gaussian: { kind: "denoiser", summary: "N(0, I/4)", options, create: () => ({ schedule, at: (image) => ({ image, schedule, differentiable: true, denoise }) }) },
} };
`;
