import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { quickPipeline } from "./fixture.js";
import { hasFocus, type OpenPage, type PageFixture } from "./page-fixture.js";

/** Tests of pipelines on the page: as a form, as YAML, with mistakes, with files, and out of a result. */
export function composing(fixture: () => PageFixture): void {
  describe("composing", () => {
    bothWays(fixture);
    wrongPlaces(fixture);
    settingParams(fixture);
    outOfResult(fixture);
  });
}

const field = (page: Page, path: string): ReturnType<Page["locator"]> => page.locator(`[id="field-${path}"]`);
const yaml = (page: Page): Promise<string> => field(page, "yaml").inputValue();
const view = (page: Page, name: "form" | "yaml"): Promise<void> => page.locator(`input[name=view][value=${name}]`).check({ force: true });

async function compose(opened: OpenPage, fixture: PageFixture): Promise<Page> {
  const { page } = opened;
  await page.locator("#field-picture").setInputFiles(fixture.picture);
  await page.getByText("24 × 24").waitFor();
  await page.locator("input[name=mode][value=pipeline]").check({ force: true });
  await field(page, "operator.use").waitFor();
  return page;
}

async function write(page: Page, text: string): Promise<void> {
  await view(page, "yaml");
  await field(page, "yaml").fill(text);
}

function bothWays(fixture: () => PageFixture): void {
  test("a form and its YAML say the same, whichever is changed", async () => {
    await using opened = await fixture().open();
    const page = await compose(opened, fixture());
    expect(await page.locator(".role h3").allTextContents()).toEqual(
      expect.arrayContaining(["operator", "denoiser", "baseline", "uncertainty", "modulator", "scheduler", "backend"]),
    );
    await field(page, "operator.use").selectOption("@leader/operators#inpainting");
    expect(await page.getByText("missing pixels: a mask file, a box, or a random share").isVisible()).toBe(true);
    await page
      .locator(".role", { has: field(page, "operator.use") })
      .getByText("Options")
      .click();
    await field(page, "operator.with.random.fraction").fill("0.2");
    await field(page, "operator.with.invert").selectOption({ label: "yes" });
    await field(page, "operator.with.box").selectOption({ label: "fraction" });
    await field(page, "operator.with.box.fraction").fill("0.4");
    await field(page, "operator.with.box.fraction").fill("");
    await field(page, "operator.with.box.fraction").pressSequentially("0.25");
    expect(await page.getByText("share of the pixels that is missing").isVisible()).toBe(true);
    await view(page, "yaml");
    expect(await yaml(page)).toContain(
      'operator:\n  use: "@leader/operators#inpainting"\n  with:\n    random:\n      fraction: 0.2\n    invert: true\n    box:\n      fraction: 0.25\n',
    );
    await field(page, "yaml").fill(`# kept\n${(await yaml(page)).replace("0.2", "0.3")}`);
    expect(await opened.findings()).toEqual([]);
    await view(page, "form");
    expect(await field(page, "operator.with.random.fraction").inputValue()).toBe("0.3");
    await field(page, "operator.with.random.fraction").fill("");
    await field(page, "noise").selectOption({ label: "black, white" });
    await field(page, "noise.black").fill("0.02");
    await field(page, "noise.white").fill("0.1");
    await view(page, "yaml");
    expect(await yaml(page)).toMatch(/noise:\s+\{?\s*black: 0\.02,?\s+white: 0\.1/u);
    await view(page, "form");
    await field(page, "noise").selectOption({ label: "a value" });
    await field(page, "noise-value").fill("auto");
    await view(page, "yaml");
    expect(await yaml(page)).toMatch(/^# kept\n/u);
    expect(await yaml(page)).not.toContain("random");
    expect(await yaml(page)).toContain("noise: auto");
    await field(page, "yaml").fill("operator: [");
    await page.getByText(/^Line 1, column \d+: /u).waitFor();
    await view(page, "form");
    await page.getByRole("button", { name: "line 1" }).click();
    await hasFocus(field(page, "yaml"));
  });
}

function wrongPlaces(fixture: () => PageFixture): void {
  test("mistakes are shown at their fields, with the way there", async () => {
    await using opened = await fixture().open({ viewport: { width: 390, height: 844 } });
    const page = await compose(opened, fixture());
    const scheduler = { use: "leader#uniform", with: { steps: 0, extra: 1 } };
    await write(page, quickPipeline({ operator: undefined, scheduler }));
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByRole("alert").waitFor();
    await hasFocus(page.getByRole("alert"));
    const links = await page.locator(".problems button").allTextContents();
    expect(links).toEqual(expect.arrayContaining(["to operator.use", "line 1, column 1"]));
    await page.getByRole("button", { name: "to operator.use" }).click();
    await hasFocus(field(page, "operator.use"));
    expect(await field(page, "operator.use").getAttribute("aria-invalid")).toBe("true");

    await field(page, "operator.use").selectOption("@leader/operators#denoising");
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByText("2 things are to be corrected").waitFor();
    expect(await field(page, "scheduler.with.steps").getAttribute("aria-describedby")).toContain("field-scheduler.with.steps-error");
    expect(await opened.findings()).toEqual([]);
    await page.getByRole("button", { name: "to scheduler.with.steps" }).click();
    await hasFocus(field(page, "scheduler.with.steps"));
    await page.locator(".problems li", { hasText: "extra" }).getByRole("button", { name: /^line/u }).click();
    await hasFocus(field(page, "yaml"));
    expect(await page.evaluate("document.activeElement.selectionStart < document.activeElement.selectionEnd")).toBe(true);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
}

function settingParams(fixture: () => PageFixture): void {
  test("params that the pipeline declares have fields, are checked at them, and are in their places afterwards", async () => {
    await using opened = await fixture().open({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    const page = await compose(opened, fixture());
    const steps = { type: "integer", minimum: 2, maximum: 8, default: 4, description: "how many steps", sets: "scheduler.with.steps" };
    await write(page, quickPipeline({ params: { steps }, scheduler: { use: "leader#uniform" } }));
    await field(page, "params.steps").fill("9");
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByRole("button", { name: "to params.steps" }).click();
    await hasFocus(field(page, "params.steps"));
    expect(await field(page, "params.steps").getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator(".problems button").allTextContents()).toEqual(["to params.steps"]);
    expect(await opened.findings()).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await field(page, "params.steps").fill("3");
    await page.getByRole("button", { name: "Restore" }).click();
    await opened.over();
    expect(await page.locator("tbody tr").count()).toBe(3);
    await page.getByRole("button", { name: "Edit the pipeline" }).click();
    await view(page, "yaml");
    expect(await yaml(page)).toContain("steps: 3");
    expect(await field(page, "params.steps").count()).toBe(0);
  });
}

function outOfResult(fixture: () => PageFixture): void {
  test("a pipeline with a file is restored, and taken out of the result to be changed", async () => {
    await using opened = await fixture().open();
    const page = await compose(opened, fixture());
    await page.locator("#field-uploads").setInputFiles({ ...fixture().picture, name: "my holes.png" });
    await page.getByText("upload:my-holes").first().waitFor();
    await write(page, quickPipeline({ operator: { use: "@leader/operators#inpainting", with: { mask: "upload:my-holes" } } }));
    await page.getByRole("button", { name: "Restore" }).click();
    await opened.over();
    await page.locator("input[name=mode][value=task]").check({ force: true });
    await page.getByRole("button", { name: "Edit the pipeline" }).click();
    await view(page, "form");
    expect(await field(page, "operator.with.mask").inputValue()).toBe("upload:my-holes");
    await page.getByRole("button", { name: "Leave my holes.png out" }).click();
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("upload:my-holes");
  });
}
