import { elsewhere } from "../worker/elsewhere.js";
import type { ReportRequest } from "../worker/command-tasks.js";

/** Writes the page of every run in a folder that `restore --report` left; returns the exit code. */
export async function report(
  path: string,
  { json, ...options }: Omit<ReportRequest, "path"> & { readonly json: boolean },
): Promise<number> {
  return await elsewhere("report", { ...options, path }, json);
}
