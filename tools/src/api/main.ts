/**
 * `npm run api`: writes the reports of the public types to etc/. With `--released` it also records them as released with the present
 * versions: from then on they may change only together with the version.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiReport, hashOfReport, reportedEntries, type ReleasedReport } from "./report.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const releasedFile = join(root, "etc/released.json");
const released = JSON.parse(readFileSync(releasedFile, "utf8")) as Record<string, ReleasedReport>;
for (const entry of reportedEntries) {
  const text = apiReport(root, entry);
  writeFileSync(join(root, `etc/${entry.report}.api.md`), text);
  const { version } = JSON.parse(readFileSync(join(root, entry.folder, "package.json"), "utf8")) as { readonly version: string };
  if (process.argv.includes("--released")) released[entry.report] = { version, sha256: hashOfReport(text) };
}
writeFileSync(releasedFile, `${JSON.stringify(released, null, 2)}\n`);
