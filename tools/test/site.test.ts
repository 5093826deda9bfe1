// The site itself is built by `npm run docs:site` only; what it is made from is looked at here.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { workspaceRoot } from "../scripts/workspace-packages.mjs";
import { deadLinks } from "../src/site/check.js";
import { pagesOf, withLinks } from "../src/site/pages.js";

const pages = pagesOf(workspaceRoot);

it("has every page in its sidebar, and nothing else", () => {
  const sidebar = JSON.parse(readFileSync(join(workspaceRoot, "site/sidebar.json"), "utf8")) as readonly {
    readonly items: readonly { readonly link: string }[];
  }[];
  const listed = sidebar.flatMap(({ items }) => items.map(({ link }) => `${link.slice(1)}.md`));
  expect(listed.sort()).toEqual([...pages.values()].sort());
});

it("leads links of the repository to pages of the site, or to the repository, and leaves code alone", () => {
  const lead = (text: string, source = "README.md"): string => withLinks(text, source, pages.get(source)!, workspaceRoot, pages);
  expect(lead("[a](docs/cli.md#pictures)")).toBe("[a](./cli.md#pictures)");
  expect(lead("[a](packages/leader)")).toBe("[a](./packages/leader-restore.md)");
  expect(lead("[a](presets)")).toBe("[a](https://github.com/leader-restore/leader/tree/main/presets)");
  expect(lead("![a](docs/images/restorations.png)")).toBe("![a](./images/restorations.png)");
  expect(lead("[a](../SECURITY.md)", "docs/cli.md")).toBe("[a](./security.md)");
  expect(lead("[a](../../docs/cli.md)", "packages/operators/README.md")).toBe("[a](../cli.md)");
  expect(lead("[a](docs/absent.md)")).toBe("[a](docs/absent.md)");
  expect(lead("<file> {{x}} `<file> [a](presets)`")).toBe("&lt;file> &#123;&#123;x}} `<file> [a](presets)`");
});

it("finds links that lead to no page, file or anchor", () => {
  const site = mkdtempSync(join(tmpdir(), "leader-site-"));
  mkdirSync(join(site, "api"));
  writeFileSync(
    join(site, "index.html"),
    '<h1 id="a&amp;b">x</h1><a href="/api/#there"></a><a href="/api/#gone"></a><a href="https://x.org"></a>',
  );
  writeFileSync(
    join(site, "api/index.html"),
    '<p id="there"></p><a href="../index.html#a&amp;b"></a><a href="./absent.html"></a><a href="/"></a>',
  );
  try {
    expect(deadLinks(site)).toEqual({
      checked: 5,
      dead: expect.arrayContaining([
        { page: "index.html", href: "/api/#gone" },
        { page: "api/index.html", href: "./absent.html" },
      ]) as unknown,
    });
    expect(deadLinks(site).dead).toHaveLength(2);
  } finally {
    rmSync(site, { recursive: true, force: true });
  }
});
