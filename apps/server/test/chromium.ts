import { existsSync } from "node:fs";

/** A Chromium that is installed here, for tests that open a page; undefined if there is none. */
export const chromiumPath = [process.env["CHROMIUM_PATH"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

/** Says why the tests of a file are skipped, where no Chromium is found. */
export function sayIfAbsent(file: string): void {
  if (chromiumPath === undefined)
    process.stderr.write(`${file}: skipped, no Chromium found (set CHROMIUM_PATH, or apt-get install chromium)\n`);
}
