import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

/** A published entry point whose types are promised to others. */
export interface ReportedEntry {
  /** Of the package, from the workspace root. */
  readonly folder: string;
  /** Of its built declarations, below `dist`. */
  readonly entry: string;
  /** Name of the report. */
  readonly report: string;
}

/** The contract of plugins, its suites, the graph language below it, and the library. */
export const reportedEntries: readonly ReportedEntry[] = [
  { folder: "packages/graph", entry: "index", report: "graph" },
  { folder: "packages/core", entry: "index", report: "core" },
  { folder: "packages/core", entry: "testing/index", report: "core-testing" },
  { folder: "packages/leader", entry: "index", report: "leader-restore" },
];

/** A report as it was at a release. */
export interface ReleasedReport {
  readonly version: string;
  readonly sha256: string;
}

/** The public types of an entry point as one text, from its built declarations. */
export function apiReport(root: string, { folder, entry, report }: ReportedEntry): string {
  const temporary = mkdtempSync(join(tmpdir(), "leader-api-"));
  try {
    Extractor.invoke(configuration(join(root, folder), entry, report, temporary), {
      localBuild: true,
      messageCallback: (message) => (message.handled = true),
    });
    return readFileSync(join(temporary, `${report}.api.md`), "utf8").replaceAll("\r\n", "\n");
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What is wrong with a report: it changed since a release that its package still has the version of. */
export function problemOf(report: string, version: string, released: ReleasedReport | undefined): string | undefined {
  if (released === undefined || released.version !== version || released.sha256 === hashOfReport(report)) return undefined;
  return `the public types changed since ${version} was released: give the package another version (and the plugin contract, if it is that, another API_VERSION)`;
}

export const hashOfReport = (report: string): string => createHash("sha256").update(report).digest("hex");

function configuration(projectFolder: string, entry: string, report: string, temporary: string): ExtractorConfig {
  const compilerOptions = {
    target: "ES2022",
    module: "NodeNext",
    moduleResolution: "NodeNext",
    lib: ["ES2023", "ESNext.Disposable"],
    types: ["node"],
    strict: true,
    skipLibCheck: true,
  };
  const silent = { default: { logLevel: ExtractorLogLevel.None } };
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(projectFolder, "package.json"),
    configObject: {
      projectFolder,
      mainEntryPointFilePath: join(projectFolder, `dist/${entry}.d.ts`),
      compiler: { overrideTsconfig: { compilerOptions, files: [`dist/${entry}.d.ts`] } },
      apiReport: { enabled: true, reportFileName: report, reportFolder: temporary, reportTempFolder: join(temporary, "temp") },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      // How types are written down is a matter of style, and the linter's.
      messages: { compilerMessageReporting: silent, extractorMessageReporting: silent, tsdocMessageReporting: silent },
    },
  });
}
