import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { quickPipeline } from "./fixture.js";
import { hasFocus, keyOfTest, type PageFixture } from "./page-fixture.js";

/** Tests of what everybody does on the page: bring a picture, restore it, look at it, take it along. */
export function restoring(fixture: () => PageFixture): void {
  describe("restoring", () => {
    wholeWay(fixture);
    stopping(fixture);
    mistakes(fixture);
    closedService(fixture);
  });
}

/** Brings a picture, and asks for the least work. */
async function begin(page: Page, fixture: PageFixture, quality = "draft"): Promise<void> {
  await page.locator("#field-picture").setInputFiles(fixture.picture);
  await page.getByText("24 × 24").waitFor();
  await page.locator(`input[value=${quality}]`).check({ force: true });
}
const shownPictures = (page: Page): Promise<unknown> =>
  page.evaluate('[...document.querySelectorAll(".stage > img")].map(({ alt }) => alt)');
const submit = (page: Page): Promise<void> => page.getByRole("button", { name: "Restore" }).click();
const dividerAt = async (page: Page): Promise<string> => (await page.locator(".stage").getAttribute("style"))!.replace(/^.*--at: ?/u, "");

const stepColumns = ["Step", "Noise σ", "Variance U", "Evaluations", "From level", "To level"];

async function saved(page: Page, button: string): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

function wholeWay(fixture: () => PageFixture): void {
  test("shows the way, the result, and everything about it", async () => {
    await using opened = await fixture().open();
    const { page } = opened;
    expect(await opened.findings()).toEqual([]);
    await begin(page, fixture());
    await page.locator("#field-uncertainty").check();
    await submit(page);
    await page.locator("progress").waitFor();
    await page.locator(".frames label").first().waitFor();
    // The steps are drawn while it runs.
    await page.getByRole("img", { name: /^Noise σ/u }).waitFor();
    await opened.over();
    expect(await page.locator("[role=status]").textContent()).toBe("Restored");
    expect(await page.locator(".frames label").count()).toBeGreaterThanOrEqual(5);
    expect(await page.locator(".facts dd").allTextContents()).toEqual(expect.arrayContaining(["48 × 48", "10"]));
    await page.getByText("The same as a table").click();
    expect(await page.locator("tbody tr").count()).toBe(10);
    expect(await page.locator("thead th").allTextContents()).toEqual(stepColumns);
    expect(await page.locator("tbody tr").last().locator("td").nth(2).textContent()).toBe("10");
    for (const name of [
      /^Noise σ .*: from [\d.]+ in step 0 to [\d.]+ in step 9$/u,
      /^Mean predicted variance U: /u,
      /^Evaluations .* to 10 in/u,
    ])
      expect(await page.getByRole("img", { name }).count()).toBe(1);
    expect(await opened.findings()).toEqual([]);

    await comparing(page);
    await takingAlong(page, fixture());
  });
}

async function comparing(page: Page): Promise<void> {
  expect(await shownPictures(page)).toEqual(["Measured", "Restored"]);
  await page.getByRole("slider").press("End");
  expect(await dividerAt(page)).toMatch(/^100%/u);
  await page.getByRole("slider").press("ArrowLeft");
  expect(await page.getByRole("slider").getAttribute("aria-valuetext")).toBe("99 percent");
  await page.locator(".stage").scrollIntoViewIfNeeded();
  const box = (await page.locator(".stage").boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.9, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40, { steps: 4 });
  await page.mouse.up();
  expect(Number.parseFloat(await dividerAt(page))).toBeCloseTo(25, 0);
  expect(await page.locator(".lens").count()).toBe(0);

  await page.locator(".stage").focus();
  await page.keyboard.press("ArrowRight");
  expect(await page.locator(".lens figcaption").allTextContents()).toEqual(["Measured", "Restored"]);
  const before = (await page.locator(".spot").boundingBox())!;
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("+");
  const after = (await page.locator(".spot").boundingBox())!;
  expect(after.y).toBeGreaterThan(before.y + 20);
  expect(after.width).toBeLessThan(before.width);
  await page.keyboard.press("Escape");
  expect(await page.locator(".lens").count()).toBe(0);

  await page.getByRole("button", { name: "Uncertainty", exact: true }).click();
  expect(await page.locator(".stage > .right").getAttribute("alt")).toBe("Uncertainty");
  expect(await page.locator(".scale").textContent()).toMatch(/^00\.\d+predicted standard deviation/u);
  await page.locator(".frames label").first().click();
  expect(await page.getByLabel("Right", { exact: true }).inputValue()).toBe("step 0");
}

async function takingAlong(page: Page, fixture: PageFixture): Promise<void> {
  const id = new URL(page.url()).hash.replace("#r=", "");
  const result = await fetch(new URL(`v1/restorations/${id}/result`, fixture.service.url));
  const picture = await saved(page, "Save the picture");
  expect(picture.name).toBe("small-restored.png");
  expect(picture.bytes.equals(Buffer.from(await result.arrayBuffer()))).toBe(true);
  const pipeline = await saved(page, "Pipeline (YAML)");
  expect([pipeline.name, pipeline.bytes.toString()]).toEqual(["small.yaml", expect.stringContaining("factor: 2") as string]);
  expect(JSON.parse((await saved(page, "Report (JSON)")).bytes.toString())).toMatchObject({ id, outcome: "completed", width: 48 });
  expect((await saved(page, "Uncertainty (.npy)")).bytes.subarray(1, 6).toString()).toBe("NUMPY");
}

function stopping(fixture: () => PageFixture): void {
  test("is cancelled, and found again after a reload", async () => {
    await using opened = await fixture().open({ viewport: { width: 390, height: 844 }, colorScheme: "dark", reducedMotion: "reduce" });
    const { page } = opened;
    await begin(page, fixture(), "best");
    // Long enough to be there still when a busy machine has loaded the page again.
    await page.locator("#field-factor").fill("8");
    await submit(page);
    await page.locator(".frames label").first().waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Cancelled. Nothing of it is kept.").waitFor();
    expect(await page.locator("[role=status]").textContent()).toBe("Cancelled");
    await begin(page, fixture());
    expect(new URL(page.url()).hash).toBe("");
    await submit(page);
    await opened.over();
    await page.reload();
    await opened.over();
    await page.getByText("24 × 24").waitFor();
    expect(await shownPictures(page)).toEqual(["Measured", "Restored"]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(await opened.findings()).toEqual([]);
  });
}

function mistakes(fixture: () => PageFixture): void {
  test("says what is wrong at the field", async () => {
    await using opened = await fixture().open();
    const { page } = opened;
    await page.locator("button[type=submit]").click({ force: true });
    expect(await page.locator("progress").count()).toBe(0);
    await begin(page, fixture());
    await page.locator("#field-factor").fill("99");
    await submit(page);
    await page.locator("#field-factor-error").waitFor();
    expect(await page.locator("#field-factor").getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator("#field-factor").getAttribute("aria-describedby")).toContain("field-factor-error");
    await hasFocus(page.getByRole("alert"));

    await page.locator("#field-picture").setInputFiles({ name: "text.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.getByText("cannot show its format").waitFor();
    await page.locator("#field-factor").fill("2");
    await submit(page);
    await page.locator("#picture-error").waitFor();
    await page.locator("#field-picture").setInputFiles({ name: "big.png", mimeType: "image/png", buffer: Buffer.alloc(2 ** 20 + 1) });
    await page.getByText("this service takes 1.0 MiB").first().waitFor();
  });

  test("takes a picture that is dropped", async () => {
    await using opened = await fixture().open();
    const { page } = opened;
    const data = [...fixture().picture.buffer];
    await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([new Uint8Array(${JSON.stringify(data)})], "dropped.png", { type: "image/png" }));
      for (const type of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    })()`);
    await page.getByText("dropped.png").waitFor();
  });
}

function closedService(fixture: () => PageFixture): void {
  test("asks for the key of a service that wants one, and keeps it no longer than the tab", async () => {
    await using opened = await fixture().open({}, fixture().closed.url);
    const { page } = opened;
    await page.getByLabel("Key", { exact: true }).fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("does not know this key").waitFor();
    expect(await opened.findings()).toEqual([]);
    await page.getByLabel("Key", { exact: true }).fill(keyOfTest);
    await page.keyboard.press("Enter");
    await page.locator("#field-picture").setInputFiles(fixture().picture);
    await page.locator("input[name=mode][value=pipeline]").check({ force: true });
    await page.locator("input[name=view][value=yaml]").check({ force: true });
    await page.locator("#field-yaml").fill(quickPipeline());
    await submit(page);
    await opened.over();
    expect(await page.evaluate("[localStorage.length, document.cookie, sessionStorage.length]")).toEqual([0, "", 1]);
    await page.getByRole("button", { name: "Forget the key" }).click();
    await page.getByRole("heading", { name: "A key is needed" }).waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
  });
}
