import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type * as PageModule from "../src/http/page.js";
import { sayIfAbsent, chromiumPath } from "./chromium.js";
import { composing } from "./page-composing.js";
import { buildPage, PageFixture } from "./page-fixture.js";
import { restoring } from "./page-restoring.js";

/** The page of the service in a real browser, where one is installed. */

const site = vi.hoisted((): { folder: string } => ({ folder: "" }));
// The page as its sources have it, whatever was built before.
vi.mock("../src/http/page.js", async (original) => {
  const { servePage } = await original<typeof PageModule>();
  return { servePage: (app: Parameters<typeof servePage>[0]) => servePage(app, site.folder) };
});

sayIfAbsent("page.test.ts");

describe("the page", () => {
  let fixture: PageFixture;
  beforeAll(async () => {
    site.folder = await buildPage();
    fixture = await PageFixture.make();
  });
  afterAll(async () => {
    await fixture[Symbol.asyncDispose]();
    rmSync(dirname(site.folder), { recursive: true, force: true });
  });

  test("is served with a policy, and its assets for good", async () => {
    const { url } = fixture.service;
    const page = await fetch(url);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(page.headers.get("content-security-policy")).toMatch(/default-src 'self'; img-src 'self' data: blob:/u);
    const text = await page.text();
    const assets = [...text.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/gu)].map(([, path]) => path!);
    expect(assets.map((path) => path.replace(/^.*\./u, "")).sort()).toEqual(["css", "js"]);
    for (const path of assets) {
      const asset = await fetch(new URL(path, url));
      expect([asset.status, asset.headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
    }
    expect((await fetch(url, { method: "POST" })).status).toBe(404);
    for (const path of ["/assets/", "/assets/..%2findex.html", "/..%2fpackage.json", "/vite.config.ts"])
      expect((await fetch(new URL(path, url))).status, path).toBe(404);
  });

  describe.skipIf(chromiumPath === undefined)("in a browser", () => {
    restoring(() => fixture);
    composing(() => fixture);
  });
});
