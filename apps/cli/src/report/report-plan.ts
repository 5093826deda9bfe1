import { stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { writeFileAtomically } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import { prepareFiles, prepareFolder } from "../outputs.js";
import { drawingLibraries } from "./plots.js";
import type { RecordedRun } from "./recorded-run.js";
import { reportPage } from "./report-page.js";
import { factsName, reportName, writeRunFolder } from "./run-folder.js";

/** Where the report of an input goes: one page, or a folder that keeps the run beside its page. */
export type ReportPlace = { readonly page: string } | { readonly folder: string };

const isPage = (path: string): boolean => [".html", ".htm"].includes(extname(path).toLowerCase());

/** The input's name without its ending, unless that leaves a way out of the folder: `...png` would become `..`. */
function folderName(input: string): string {
  const name = basename(input, extname(input));
  return /^\.*$/u.test(name) ? basename(input) : name;
}

/** Where `--report PATH` puts what; checked against what exists before any work is done. */
export async function planReports(path: string, inputs: readonly string[], overwrite: boolean): Promise<ReadonlyMap<string, ReportPlace>> {
  if (isPage(path) && inputs.length > 1) {
    throw errors.USAGE({ problem: `--report names one page, but there are ${inputs.length} inputs`, hint: "let --report name a folder" });
  }
  const plan = new Map(
    inputs.map((input): [string, ReportPlace] => [input, isPage(path) ? { page: path } : { folder: join(path, folderName(input)) }]),
  );
  const folders = [...plan].map(([, place]) => ("folder" in place ? place.folder : place.page));
  if (new Set(folders).size < folders.length) {
    throw errors.USAGE({
      problem: "--report would write the runs of several inputs to the same folder",
      hint: "restore inputs of the same name in separate calls",
    });
  }
  await drawingLibraries();
  for (const place of plan.values()) {
    const file = "page" in place ? place.page : join(place.folder, factsName);
    if (!overwrite && (await exists(file))) throw errors.OUTPUT_EXISTS({ path: file });
    if ("folder" in place) await prepareFolder(place.folder);
    await prepareFiles([file]);
  }
  return plan;
}

/** Writes the report of a run; returns the path of its page. */
export async function writeReport(place: ReportPlace, run: RecordedRun): Promise<string> {
  if ("folder" in place) await writeRunFolder(place.folder, run);
  const file = "page" in place ? place.page : join(place.folder, reportName);
  await writeFileAtomically(file, await reportPage(run));
  return file;
}

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;
