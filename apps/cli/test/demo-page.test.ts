import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, sayIfAbsent } from "../../server/test/chromium.js";
import { demoPage } from "../src/demo-page.js";
import { reportPage } from "../src/report/report-page.js";
import { makeRun } from "./recorded-run.js";

/** The page of the demo in a real browser, where one is installed. */

sayIfAbsent("demo-page.test.ts");

describe.skipIf(chromiumPath === undefined)("the page of the demo in a browser", () => {
  let folder = "";
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "leader-demo-"));
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("has slider, uncertainty and steps for every task, and fetches nothing", async () => {
    const figures = [
      { name: "pseudo-inverse", psnr: 20 },
      { name: "a <method>", psnr: 31.25, evaluations: 12, seconds: 3.21 },
    ];
    const titles = ["one task", 'another "task"'];
    const tasks = titles.map(async (title) => ({ title, figures, report: await reportPage(makeRun({ input: title })) }));
    const file = join(folder, "index.html");
    await writeFile(file, demoPage(await Promise.all(tasks)));

    const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!/^(data:|about:srcdoc)/u.test(request.url())) requests.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    expect(await page.locator("tbody tr").allInnerTexts()).toContain("a <method>\t31.25 dB\t12\t3.2");
    for (const [i, title] of titles.entries()) {
      const report = page.locator("iframe").nth(i).contentFrame();
      expect(await report.locator("h1").innerText()).toBe(title);
      const divider = async (): Promise<string> => (await report.locator("#stage").getAttribute("style")) ?? "";
      expect(await divider()).toContain("50%");
      await report.locator("#slider").press("End");
      expect(await divider()).toContain("100%");
      expect(await report.locator(".panel.shown img[alt^='Predicted standard deviation']").count()).toBe(1);
      expect(await report.locator("#trace svg").count()).toBeGreaterThan(0);
    }
    expect(complaints).toEqual([]);
    expect(requests).toEqual([pathToFileURL(file).href]);
    await page.close();
  });
});
