import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { source as axeSource } from "axe-core";
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core";
import { build } from "vite";
import { expect } from "vitest";
import { chromiumPath } from "./chromium.js";
import { png, serviceFixture, type Fixture } from "./fixture.js";

/** The page built from its sources, a service that serves it, and a browser to look at it. */
export class PageFixture implements AsyncDisposable {
  private constructor(
    readonly service: Fixture,
    readonly closed: Fixture,
    /** Undefined where none is installed. */
    private readonly browser: Browser | undefined,
    /** A picture of 24 x 24 pixels. */
    readonly picture: { readonly name: string; readonly mimeType: string; readonly buffer: Buffer },
  ) {}

  static async make(): Promise<PageFixture> {
    const service = await serviceFixture({ bytes: 2 ** 20, seconds: 60 });
    const closed = await serviceFixture({ keys: [keyOfTest], minimum: 0 });
    const browser =
      chromiumPath === undefined
        ? undefined
        : await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--disable-gpu"] });
    return new PageFixture(service, closed, browser, { name: "small.png", mimeType: "image/png", buffer: await png(24) });
  }

  /** Opens the page, and collects what goes wrong on it and what it asks others for. */
  async open(options: BrowserContextOptions = {}, url = this.service.url): Promise<OpenPage> {
    const context = await this.browser!.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const opened = new OpenPage(page, url);
    await page.goto(url);
    await page.locator("h1").waitFor();
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser?.close();
    await this.service[Symbol.asyncDispose]();
    await this.closed[Symbol.asyncDispose]();
  }
}

/** Waits until the focus is on an element: it moves once the page has drawn what the press of a button brought. */
export const hasFocus = async (element: Locator): Promise<void> => {
  await element.and(element.page().locator(":focus")).waitFor({ timeout: 5_000 });
};

export const keyOfTest = "the-key-of-the-test-of-the-page";

/** A page in the browser. */
export class OpenPage implements AsyncDisposable {
  readonly #complaints: string[] = [];
  readonly #foreign: string[] = [];

  constructor(
    readonly page: Page,
    url: string,
  ) {
    page.on("console", (message) => this.#complaints.push(message.text()));
    page.on("pageerror", (error) => this.#complaints.push(error.message));
    page.on("request", (request) => {
      if (!/^(?:data|blob):/u.test(request.url()) && new URL(request.url()).origin !== new URL(url).origin)
        this.#foreign.push(request.url());
    });
  }

  /** Serious and critical findings of axe-core. */
  async findings(): Promise<readonly string[]> {
    await this.page.evaluate(axeSource);
    return await this.page.evaluate<readonly string[]>(`axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | ")))`);
  }

  /** Ends when the restoration is over. */
  async over(): Promise<void> {
    await this.page.getByRole("button", { name: "Save the picture" }).waitFor();
  }

  /** Closes the page. Whatever was done with it: it complained about nothing but refused requests, and asked nobody else. */
  async [Symbol.asyncDispose](): Promise<void> {
    expect(this.#complaints.filter((text) => !/^Failed to load resource: the server responded with a status of 4\d\d/u.test(text))).toEqual(
      [],
    );
    expect(this.#foreign).toEqual([]);
    await this.page.context().close();
  }
}

/** Builds the page into a folder of the test. */
export async function buildPage(): Promise<string> {
  const outDir = join(mkdtempSync(join(tmpdir(), "leader-page-")), "site");
  const root = fileURLToPath(new URL("../../page/", import.meta.url));
  await build({ root, configFile: join(root, "vite.config.ts"), logLevel: "error", build: { outDir } });
  return outDir;
}
