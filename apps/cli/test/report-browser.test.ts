import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, sayIfAbsent } from "../../server/test/chromium.js";
import { reportPage } from "../src/report/report-page.js";
import { makeRun } from "./recorded-run.js";

/** Reports in a real browser, where one is installed. */

sayIfAbsent("report-browser.test.ts");

describe.skipIf(chromiumPath === undefined)("a report in a browser", () => {
  let folder = "";
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  let requests: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "leader-browser-"));
    await writeFile(join(folder, "whole.html"), await reportPage(makeRun()));
    await writeFile(join(folder, "bare.html"), await reportPage(makeRun({ reference: false, uncertainty: false })));
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(name: string, options: BrowserContextOptions = {}): Promise<void> {
    complaints = [];
    requests = [];
    page = await browser.newPage({ viewport: { width: 1100, height: 1000 }, ...options });
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) requests.push(request.url());
    });
    await page.goto(pathToFileURL(join(folder, name)).href);
  }
  // Whatever a test does with the page: nothing else was fetched, and nothing was complained about.
  afterEach(async () => {
    expect(complaints).toEqual([]);
    expect(requests).toHaveLength(1);
    await page.close();
  });

  const dividerAt = async (): Promise<number> => {
    const [stage, divider] = [await page.locator("#stage").boundingBox(), await page.locator("#divider").boundingBox()];
    return (divider!.x + divider!.width / 2 - stage!.x) / stage!.width;
  };
  const pixelsOf = (pane: number): Promise<string> => page.evaluate(`document.querySelectorAll("#lens canvas")[${pane}].toDataURL()`);

  it("moves the divider with mouse and keyboard", async () => {
    await open("whole.html");
    expect(await dividerAt()).toBeCloseTo(0.5, 2);
    const stage = (await page.locator("#stage").boundingBox())!;
    await page.mouse.move(stage.x + stage.width / 2, stage.y + 40);
    await page.mouse.down();
    await page.mouse.move(stage.x + stage.width / 4, stage.y + 40, { steps: 4 });
    await page.mouse.up();
    expect(await dividerAt()).toBeCloseTo(0.25, 2);
    expect(await page.evaluate<string>('getComputedStyle(document.querySelector("#right-image")).clipPath')).toMatch(/25(\.\d+)?%\)$/u);
    await page.locator("#slider").focus();
    await page.keyboard.press("End");
    expect(await dividerAt()).toBeCloseTo(1, 2);
  });

  it("shows the same spot of both pictures in the lens", async () => {
    await open("whole.html");
    expect(await page.locator("#lens").isVisible()).toBe(false);
    await page.locator("#stage").hover({ position: { x: 200, y: 150 } });
    expect(await page.locator("#lens").isVisible()).toBe(true);
    expect(await page.locator("#lens figcaption").allTextContents()).toEqual(["Measurement", "Restored"]);
    const [left, right] = [await pixelsOf(0), await pixelsOf(1)];
    expect(left).not.toBe(right);
    await page.locator("#stage").hover({ position: { x: 320, y: 150 } });
    expect(await pixelsOf(1)).not.toBe(right);
    // The same picture on both sides: the lens shows twice the same.
    await page.locator("#left-picture").selectOption("restored");
    await page.locator("#stage").hover({ position: { x: 200, y: 150 } });
    expect(await pixelsOf(0)).toBe(await pixelsOf(1));
    await page.locator("#lens-switch").click();
    await page.locator("#stage").hover({ position: { x: 210, y: 150 } });
    expect(await page.locator("#lens").isVisible()).toBe(false);
  });

  it("moves the lens with the keyboard", async () => {
    await open("whole.html");
    await page.locator("#stage").focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator("#lens").isVisible()).toBe(true);
    const before = await page.locator("#spot").boundingBox();
    await page.keyboard.press("Shift+ArrowDown");
    expect((await page.locator("#spot").boundingBox())!.y).toBeGreaterThan(before!.y + 20);
    await page.keyboard.press("+");
    expect(await page.locator("#lens-zoom").inputValue()).toBe("8");
    expect((await page.locator("#spot").boundingBox())!.width).toBeLessThan(before!.width);
    await page.keyboard.press("Escape");
    expect(await page.locator("#lens").isVisible()).toBe(false);
  });

  it("shows the maps of the step that is chosen", async () => {
    await open("whole.html");
    const shown = async (): Promise<readonly (string | null)[]> =>
      [await page.locator(".panel:visible").count(), await page.locator(".panel:visible h3").first().textContent()].map(String);
    expect(await shown()).toEqual(["1", "Step 2, level 20"]);
    await page.locator(".frame").nth(0).click();
    expect(await shown()).toEqual(["1", "Step 0, level 40"]);
    await page.keyboard.press("ArrowRight");
    expect(await shown()).toEqual(["1", "Step 1, level 30"]);
    expect(
      await page.evaluate('[...document.querySelectorAll(".panel.shown .maps img")].map((image) => image.complete && image.naturalWidth)'),
    ).toEqual([32, 32, 32]);
  });

  it.each([
    ["wide and light", "whole.html", { viewport: { width: 1400, height: 900 }, colorScheme: "light" }],
    ["narrow and dark", "whole.html", { viewport: { width: 320, height: 640 }, colorScheme: "dark", hasTouch: true, isMobile: true }],
    ["bare", "bare.html", { viewport: { width: 600, height: 800 } }],
  ] as const)("is readable: %s", async (_, name, options) => {
    await open(name, options);
    const ids = ["compare", "film", "uncertainty", "trace", "cost", "pipeline"];
    for (const id of ids) expect(await page.locator(`#${id}`).isVisible()).toBe(true);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    const [text, back] = await page.evaluate<readonly [string, string]>(
      "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]",
    );
    expect(Math.abs(brightness(text) - brightness(back))).toBeGreaterThan(150);
    if ("colorScheme" in options) expect(brightness(back) > 128).toBe(options.colorScheme === "light");
  });

  it("shows the lens where a finger taps, within the screen", async () => {
    await open("whole.html", { viewport: { width: 360, height: 700 }, hasTouch: true, isMobile: true });
    await page.locator("#stage").tap({ position: { x: 60, y: 60 } });
    expect(await page.locator("#lens").isVisible()).toBe(true);
    const lens = (await page.locator("#lens").boundingBox())!;
    expect(lens.x).toBeGreaterThanOrEqual(0);
    expect(lens.x + lens.width).toBeLessThanOrEqual(360);
  });
});

const brightness = (colour: string): number =>
  (/\d+, \d+, \d+/u.exec(colour)?.[0] ?? "0").split(", ").reduce((sum, part) => sum + Number(part) / 3, 0);
