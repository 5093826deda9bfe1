import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { builtEntry } from "../../files/built-entry.js";
import { ComputingProcess } from "./child-process.js";
import { processEnvironment } from "./process-settings.js";

it("puts the settings of the heap before those of the environment, which win", () => {
  const { GLIBC_TUNABLES: alone = "", ...others } = processEnvironment({ HOME: "/home/x" }, "linux");
  expect(others).toEqual({ HOME: "/home/x" });
  expect(alone).toMatch(/^glibc\.malloc\.hugetlb=1:glibc\.malloc\.mmap_threshold=\d+:glibc\.malloc\.trim_threshold=\d+$/u);
  const own = "glibc.malloc.hugetlb=0";
  expect(processEnvironment({ GLIBC_TUNABLES: own }, "linux")["GLIBC_TUNABLES"]).toBe(`${alone}:${own}`);
});

it("leaves the environment alone where that C library is not", () => {
  const environment = { PATH: "/bin" };
  for (const platform of ["darwin", "win32"] as const) expect(processEnvironment(environment, platform)).toBe(environment);
});

it.runIf(process.platform === "linux")("reaches the computing process, and this one keeps its own", async () => {
  const child = new ComputingProcess(builtEntry("host/child/main.js"));
  try {
    await new Promise<void>((resolve) =>
      child.listen(
        () => resolve(),
        () => undefined,
      ),
    );
    // Some versions of the library cut what they have read into pieces.
    const given = (await readFile(`/proc/${child.pid}/environ`, "utf8")).replaceAll("\0", ":");
    expect(given).toContain(`GLIBC_TUNABLES=${processEnvironment()["GLIBC_TUNABLES"]}`);
    expect(process.env["GLIBC_TUNABLES"] ?? "").not.toContain("hugetlb=1");
  } finally {
    child.kill();
    await child.ended;
  }
});
