import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseHTML } from "linkedom";
import { planReports } from "../src/report/report-plan.js";
import { reportPage } from "../src/report/report-page.js";
import { readRunFolder, runFolders, writeRunFolder } from "../src/report/run-folder.js";
import { makeRun } from "./recorded-run.js";

const sections = ["compare", "film", "uncertainty", "trace", "cost", "pipeline"];
const documentOf = (page: string): Document => (parseHTML(page) as unknown as { readonly document: Document }).document;
/** The parts of the browser's interface that these tests read; the workspace has no browser types. */
interface Element {
  readonly textContent: string;
  readonly innerHTML: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element> & { readonly length: number };
}
type Document = Element;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-report-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the page of a report", () => {
  it("has every section, and shows what is known", async () => {
    const page = documentOf(await reportPage(makeRun()));
    expect([...page.querySelectorAll("section")].map((section) => section.getAttribute("id"))).toEqual(sections);
    expect([...page.querySelectorAll("#pictures img")].map((image) => image.getAttribute("data-name"))).toEqual([
      "measurement",
      "restored",
      "reference",
    ]);
    expect(page.querySelectorAll("#film input[type=radio]").length).toBe(4);
    expect(page.querySelectorAll("#uncertainty .panel").length).toBe(4);
    for (const panel of page.querySelectorAll("#uncertainty .panel")) {
      expect(panel.querySelectorAll(".maps img").length).toBe(3);
      expect(panel.querySelectorAll("svg circle").length).toBeGreaterThanOrEqual(8);
      expect(panel.textContent).toMatch(/Rank correlation 0\.\d\d\s+over pixels/u);
    }
    expect(page.querySelectorAll("#trace svg").length).toBe(3);
    // One estimate is not positive: a triangle, not a hole.
    expect([...page.querySelectorAll("#trace title")].map((title) => title.textContent)).toEqual(
      expect.arrayContaining(["step 0: U -0.1, not positive", "step 1: U 0.5 ± 0.05", "time travel 20 → 25"]),
    );
    expect(page.querySelectorAll("#trace tbody tr").length).toBe(4);
    expect(page.querySelector("#cost")!.textContent).toMatch(/123 MiB/u);
    expect(page.querySelector("header")!.textContent).toMatch(/\d\d\.\d\d dB/u);
  });

  it("holds the pipeline as a file that can be run again", async () => {
    const text = documentOf(await reportPage(makeRun())).querySelector("#pipeline-text")!.textContent;
    expect(text).toMatch(/^# this run: --seed 7\n/u);
    expect(parse(text)).toMatchObject({
      apiVersion: "leader/v1",
      seed: 0,
      noise: 0.05,
      operator: { use: "@leader/operators#inpainting", with: { name: "a & b" } },
    });
  });

  it("says of which draws the result is the mean, and in the pipeline too", async () => {
    const run = makeRun();
    const page = documentOf(await reportPage({ ...run, facts: { ...run.facts, pipeline: { ...run.facts.pipeline, meanOf: 3 } } }));
    expect(page.querySelector("header")!.textContent).toContain("mean of 3 draws, the steps of the first");
    expect(parse(page.querySelector("#pipeline-text")!.textContent)).toMatchObject({ noise: 0.05, meanOf: 3 });
  });

  it("refers to nothing outside itself and lets nothing else run", async () => {
    const text = await reportPage(makeRun());
    expect(text).not.toMatch(/https?:/u);
    for (const [, reference] of text.matchAll(/\s(?:src|href)="([^"]*)"/gu)) expect(reference).toMatch(/^data:/u);
    const page = documentOf(text);
    const scripts = [...page.querySelectorAll("script")];
    expect(scripts).toHaveLength(1);
    const hash = createHash("sha256").update(scripts[0]!.innerHTML).digest("base64");
    expect(page.querySelector('meta[http-equiv="Content-Security-Policy"]')!.getAttribute("content")).toContain(`'sha256-${hash}'`);
  });

  it("takes names and messages as text", async () => {
    const text = await reportPage(makeRun({ input: `<img src=x onerror="alert(1)">.png` }));
    expect(text).not.toContain("<img src=x");
    expect(text).not.toContain("A <processor>");
    expect(documentOf(text).querySelector("h1")!.textContent).toBe(`<img src=x onerror="alert(1)">.png`);
  });

  it("is the same, byte for byte, for the same run", async () => {
    expect(await reportPage(makeRun())).toBe(await reportPage(makeRun()));
  });

  it("says which pixels have no place on the calibration's scale", async () => {
    const run = makeRun({ steps: 2 });
    const [first, second] = run.frames.map((frame, step) => {
      const variance = { ...frame.variance!, data: frame.variance!.data.map((v, i) => (step === 0 || i % 32 < 8 ? 0 : v)) };
      return { ...frame, variance };
    });
    const panels = [...documentOf(await reportPage({ ...run, frames: [first!, second!] })).querySelectorAll(".panel")];
    expect(panels[0]!.querySelectorAll("svg").length).toBe(0);
    expect(panels[0]!.textContent).toContain("no error was predicted");
    expect(panels[1]!.textContent).toContain("25 % of the pixels");
  });

  it("says what is missing and how to get it", async () => {
    const page = documentOf(await reportPage(makeRun({ reference: false, uncertainty: false })));
    const text = page.querySelector("#uncertainty")!.textContent;
    expect(text).toContain("estimates no uncertainty");
    expect(text).toContain("--reference");
    expect(page.querySelectorAll(".panel svg").length).toBe(0);
    expect(page.querySelector("#trace")!.textContent).toContain("No uncertainty was measured");
    expect(page.querySelector("header")!.textContent).not.toContain("dB");
    expect(await reportPage(makeRun({ steps: 0 }))).toContain("smaller ones were restored");
  });
});

describe("the folder of a run", () => {
  it("gives back the run", async () => {
    const run = makeRun();
    const path = join(folder, "scene");
    await writeRunFolder(path, run);
    expect(await readRunFolder(path)).toEqual(run);
    expect(await runFolders(folder)).toEqual([path]);
    expect(await runFolders(path)).toEqual([path]);
  });

  it("is refused with a reason where it is none, or broken", async () => {
    const path = join(folder, "broken");
    await expect(runFolders(join(folder, "absent"))).rejects.toMatchObject({ code: "LEADER_CLI_NOT_A_RUN" });
    await writeRunFolder(path, makeRun());
    await expect(runFolders(join(path, ".."))).resolves.toContain(path);
    const facts = join(path, "run.json");
    const text = await readFile(facts, "utf8");
    await writeFile(facts, text.replace(`"evaluations": 4`, `"evaluations": "many"`));
    await expect(readRunFolder(path)).rejects.toMatchObject({
      code: "LEADER_CLI_NOT_A_RUN",
      message: expect.stringContaining("evaluations") as string,
    });
    await writeFile(facts, text.slice(0, 100));
    await expect(readRunFolder(path)).rejects.toMatchObject({ message: expect.stringContaining("no JSON") as string });
    await writeFile(facts, text);
    await rm(join(path, "step-0002-x0.npy"));
    await expect(readRunFolder(path)).rejects.toMatchObject({ code: "LEADER_FILE_MISSING" });
  });
});

describe("--report", () => {
  it("names a page for one input, a folder for several, and replaces nothing unasked", async () => {
    const page = join(folder, "page.html");
    expect(await planReports(page, ["a.png"], false)).toEqual(new Map([["a.png", { page }]]));
    await expect(planReports(page, ["a.png", "b.png"], false)).rejects.toMatchObject({ code: "LEADER_CLI_USAGE" });
    await expect(planReports(folder, ["x/a.png", "y/a.png"], false)).rejects.toMatchObject({ code: "LEADER_CLI_USAGE" });
    await expect(planReports(join(folder, "no", "page.html"), ["a.png"], false)).rejects.toMatchObject({
      code: "LEADER_CLI_OUTPUT_UNUSABLE",
    });
    await writeRunFolder(join(folder, "old"), makeRun());
    await expect(planReports(folder, ["old.png"], false)).rejects.toMatchObject({ code: "LEADER_CLI_OUTPUT_EXISTS" });
    expect(await planReports(folder, ["old.png"], true)).toEqual(new Map([["old.png", { folder: join(folder, "old") }]]));
  });
});
