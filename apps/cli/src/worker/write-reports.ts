import { stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { prepareFiles } from "../outputs.js";
import { reportPage } from "../report/report-page.js";
import { readRunFolder, reportName, runFolders } from "../report/run-folder.js";
import type { Ways } from "../telling/ways.js";
import type { ReportRequest } from "./command-tasks.js";
import { outputTo } from "./output-to.js";

/** Writes the page of every run in a folder that `restore --report` left; returns the exit code. */
export async function writeReports({ path, output: stated }: ReportRequest, { emit }: Ways): Promise<number> {
  const output = outputTo(emit);
  const folders = await runFolders(path);
  if (stated !== undefined && folders.length > 1) {
    throw errors.USAGE({
      problem: `-o names one page, but ${path} holds ${folders.length} runs`,
      hint: "leave -o out: each page goes beside its run",
    });
  }
  const pages = folders.map((folder) => [folder, stated ?? join(folder, reportName)] as const);
  await prepareFiles(pages.map(([, page]) => page));
  for (const [folder, page] of pages) {
    await writeFileAtomically(page, await reportPage(await readRunFolder(folder)));
    output.record({ type: "report", run: folder, page, bytes: (await stat(page)).size });
    output.text(page);
  }
  return exitCodes.ok;
}
