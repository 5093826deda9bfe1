import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { defined, type LeaderError } from "@leader/graph";
import {
  composeConfigText,
  isPicturePath,
  readConfigText,
  stopOn,
  validateConfigPart,
  validOrStop,
  type ConfigDocument,
  type Diagnostic,
} from "leader-restore";
import { errors } from "../error-codes.js";
import { expandInputs } from "../files.js";
import { benchSchema, nameOfMetric, type BenchFile } from "./schema.js";
import { expandSweeps, type SweptPoint } from "./sweep.js";

/** How a bench file is read. */
export interface BenchOptions {
  readonly set: readonly string[];
  /** Values of the file's params. */
  readonly params?: Readonly<Record<string, string>>;
  /** Use the small size that the file states. */
  readonly quick: boolean;
  /** Names of metrics to leave out. */
  readonly without: readonly string[];
}

/** A bench file that is read and checked, with its small size applied if asked for. */
export interface Bench {
  readonly file: BenchFile;
  readonly document: ConfigDocument;
  /** The folder that relative paths are relative to. */
  readonly directory: string;
  readonly quick: boolean;
  /** Where methods that a sweep made stand, by name. */
  readonly points: ReadonlyMap<string, SweptPoint>;
  /** The pictures, in the order of their names. */
  readonly images: readonly string[];
}

/** Reads a bench file. Errors: `ConfigError` with every problem of the phase that failed. */
export async function readBench(path: string, options: BenchOptions): Promise<Bench> {
  const document = await composeConfigText(await readConfigText(path), path, { set: options.set, params: options.params });
  const whole = validOrStop(await validateConfigPart(benchSchema, [], document.value ?? {}, "the bench", document));
  const directory = dirname(resolve(path));
  const metrics = whole.metrics.map(nameOfMetric);
  const stranger = options.without.find((name) => !metrics.includes(name));
  if (stranger !== undefined)
    throw errors.USAGE({ problem: `--without ${stranger}: ${path} has no such metric`, hint: `it has ${metrics.join(", ")}` });
  const kept = { ...whole, metrics: whole.metrics.filter((metric) => !options.without.includes(nameOfMetric(metric))) };
  stopOn(namesDiagnostics(whole, document));
  stopOn(await fileDiagnostics(kept, document, directory));
  const sized = withoutClaimsOn(options.without, options.quick ? quickened(kept) : kept);
  const { methods, points } = expandSweeps(sized.methods);
  const file = { ...sized, methods };
  const images = await picturesOf(file, document, directory);
  return { file, document, directory, quick: options.quick, points, images };
}

const withoutClaimsOn = (left: readonly string[], file: BenchFile): BenchFile => ({
  ...file,
  claims: file.claims.filter(({ metric }) => !left.includes(metric)),
  frontiers: left.some((name) => name === "psnr" || name === "lpips") ? [] : file.frontiers,
});

/** The file at its small size. */
function quickened(file: BenchFile): BenchFile {
  const { images, seeds, tasks, methods } = file.quick;
  const expansion = expandSweeps(file.methods);
  const pick = <T>(from: Readonly<Record<string, T>>, names: readonly string[] | undefined): Record<string, T> =>
    Object.fromEntries(Object.entries(from).filter(([name]) => names === undefined || names.includes(name)));
  const [size, limit] = [images?.size ?? file.images.size, images?.limit ?? file.images.limit];
  const isKept = (name: string): boolean => methods === undefined || methods.includes(expansion.points.get(name)?.origin ?? name);
  return {
    ...file,
    images: { path: file.images.path, size, ...defined({ limit }) },
    seeds: seeds ?? file.seeds,
    tasks: pick(file.tasks, tasks),
    methods: pick(file.methods, methods),
    claims: file.claims.filter(({ method, than }) => isKept(method) && (than === undefined || isKept(than))),
    frontiers: file.frontiers.filter(({ method, than }) => isKept(method) && isKept(than)),
  };
}

/** A name in the file that must be one of others. */
interface Mention {
  readonly path: readonly PropertyKey[];
  readonly name: string;
  /** `stated`: a method as the file states it; `method`: one that is run, so a swept one by its point. */
  readonly kind: "task" | "method" | "stated" | "metric";
  readonly at?: "key";
}

function namesDiagnostics(file: BenchFile, document: ConfigDocument): readonly Diagnostic[] {
  const known = {
    task: Object.keys(file.tasks),
    method: Object.keys(expandSweeps(file.methods).methods),
    stated: Object.keys(file.methods),
    metric: [...file.metrics.map(nameOfMetric), "evaluations"],
  };
  const unknown = mentions(file)
    .filter(({ kind, name }) => !known[kind].includes(name))
    .map(({ path, name, kind, at }) =>
      document.diagnose(errors.BENCH_UNKNOWN_NAME({ kind: kind === "stated" ? "method" : kind, name, known: known[kind] }), path, at),
    );
  const names = file.metrics.map(nameOfMetric);
  const twice = names.flatMap((name, i) =>
    names.indexOf(name) === i ? [] : [document.diagnose(errors.BENCH_METRIC_TWICE({ name }), ["metrics", i])],
  );
  return [...unknown, ...twice, ...file.metrics.flatMap((metric, i) => metricDiagnostics(metric, i, document))];
}

function mentions(file: BenchFile): readonly Mention[] {
  const task = (path: readonly PropertyKey[], name: string, at?: "key"): Mention => ({
    path,
    name,
    kind: "task",
    ...defined({ at }),
  });
  const method = (path: readonly PropertyKey[], name: string): Mention => ({ path, name, kind: "method" });
  const stated = (path: readonly PropertyKey[], name: string): Mention => ({ path, name, kind: "stated" });
  const list = (path: readonly PropertyKey[], names: readonly string[] | undefined, make: typeof method): readonly Mention[] =>
    (names ?? []).map((name, i) => make([...path, i], name));
  return [
    ...Object.entries(file.methods).flatMap(([key, { against, skip, on }]) => [
      ...(against === undefined ? [] : [method(["methods", key, "against"], against)]),
      ...list(["methods", key, "skip"], skip, task),
      ...Object.keys(on ?? {}).map((name) => task(["methods", key, "on", name], name, "key")),
    ]),
    ...file.metrics.flatMap(({ to }, i) => (to === undefined ? [] : [method(["metrics", i, "to"], to)])),
    ...file.claims.flatMap((claim, i) => [
      method(["claims", i, "method"], claim.method),
      ...(claim.than === undefined ? [] : [method(["claims", i, "than"], claim.than)]),
      { path: ["claims", i, "metric"], name: claim.metric, kind: "metric" as const },
      ...list(["claims", i, "tasks"], claim.tasks, task),
    ]),
    ...file.frontiers.flatMap((frontier, i) => [
      ...(["method", "than"] as const).map((key) => stated(["frontiers", i, key], frontier[key])),
      ...["psnr", "lpips"].map((name): Mention => ({ path: ["frontiers", i], name, kind: "metric" })),
    ]),
    ...list(["quick", "tasks"], file.quick.tasks, task),
    ...list(["quick", "methods"], file.quick.methods, stated),
    ...Object.entries(file.paper?.values ?? {}).flatMap(([key, tasks]) => [
      { path: ["paper", "values", key], name: key, kind: "method" as const, at: "key" as const },
      ...Object.keys(tasks).map((name) => task(["paper", "values", key, name], name, "key")),
    ]),
  ];
}

/** Options that each metric has. */
const optionsOf = {
  psnr: ["colour", "crop"],
  ssim: ["colour", "crop", "window"],
  "ms-ssim": ["colour", "crop"],
  lpips: ["file"],
  residual: [],
  distance: ["to"],
  "rank-correlation": ["over"],
} as const;

function metricDiagnostics(metric: BenchFile["metrics"][number], i: number, document: ConfigDocument): readonly Diagnostic[] {
  const allowed: readonly string[] = [...optionsOf[metric.use], "use", "name"];
  const foreign = Object.keys(metric).filter((key) => !allowed.includes(key));
  const needed = metric.use === "lpips" ? "file" : metric.use === "distance" ? "to" : undefined;
  const diagnose = (error: LeaderError, key?: string): Diagnostic =>
    document.diagnose(error, ["metrics", i, ...(key === undefined ? [] : [key])], key === undefined ? "value" : "key");
  return [
    ...foreign.map((key) => diagnose(errors.BENCH_METRIC_OPTION({ metric: metric.use, problem: `has no option \`${key}\`` }), key)),
    ...(needed === undefined || metric[needed] !== undefined
      ? []
      : [diagnose(errors.BENCH_METRIC_OPTION({ metric: metric.use, problem: `needs the option \`${needed}\`` }))]),
  ];
}

async function fileDiagnostics(file: BenchFile, document: ConfigDocument, directory: string): Promise<readonly Diagnostic[]> {
  const exists = async (path: string): Promise<boolean> => (await stat(resolve(directory, path)).catch(() => undefined)) !== undefined;
  const missing: Diagnostic[] = [];
  for (const [i, { file: network }] of file.metrics.entries()) {
    if (network === undefined || (await exists(network))) continue;
    missing.push(
      document.diagnose(errors.BENCH_LPIPS_MISSING({ path: network, name: nameOfMetric(file.metrics[i]!) }), ["metrics", i, "file"]),
    );
  }
  const { path } = file.images;
  if (!(await exists(path))) missing.push(document.diagnose(errors.BENCH_IMAGES_MISSING({ path }), ["images", "path"]));
  return missing;
}

async function picturesOf(file: BenchFile, document: ConfigDocument, directory: string): Promise<readonly string[]> {
  const { path, limit } = file.images;
  const inputs = await expandInputs([resolve(directory, path)]).catch(() => []);
  const pictures = inputs.filter(isPicturePath).slice(0, limit);
  if (pictures.length === 0) stopOn([document.diagnose(errors.BENCH_IMAGES_MISSING({ path }), ["images", "path"])]);
  return pictures;
}
