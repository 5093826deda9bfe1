import { fileURLToPath } from "node:url";
import type { PipelineOptions } from "leader-restore";

/** Baseline packages of this project; each is imported only if a pipeline names it. */
const baselines = [
  "cddb",
  "daps",
  "dcdp",
  "ddnm",
  "ddpg",
  "ddrm",
  "diffpir",
  "dpps",
  "dps",
  "equs",
  "fgps",
  "hgu",
  "pigdm",
  "pirp",
  "projdiff",
  "rdmd",
  "red-diff",
  "repaint",
  "samplers",
  "sitcom",
  "spgd",
  "zaps",
] as const;

/** The name under which pipelines, reports and results know the network that comes along, wherever it is installed. */
const photoPriorName = "@leader/prior-photo/prior.onnx";

/** The files that the command line brings along, by the names that pipelines give them. */
export async function bundledFiles(): Promise<Readonly<Record<string, string>>> {
  const { photoPriorUrl } = await import("@leader/prior-photo");
  return { [photoPriorName]: fileURLToPath(photoPriorUrl) };
}

/** The plugins that the command line brings along, and what a pipeline uses where it names nothing. */
export async function bundledOptions(): Promise<Pick<PipelineOptions, "bundled" | "defaults" | "files">> {
  const packages = [
    "@leader/operators",
    "@leader/networks",
    "@leader/backend-onnx",
    "@leader/backend-tfjs",
    ...baselines.map((name) => `@leader/baseline-${name}`),
  ];
  return {
    bundled: Object.fromEntries(packages.map((name) => [name, { url: import.meta.resolve(name) }])),
    defaults: {
      backend: { use: "@leader/backend-onnx#cpu" },
      denoiser: { use: "leader#onnx-file", with: { path: photoPriorName } },
    },
    files: await bundledFiles(),
  };
}
