import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A link of a built page that leads nowhere. */
export interface DeadLink {
  readonly page: string;
  readonly href: string;
}

/**
 * Every link inside the built site whose page, file or anchor is not there. VitePress itself looks at pages only.
 * @param site the folder of built pages
 * @returns the dead links, and how many were looked at
 */
export function deadLinks(site: string): { readonly dead: readonly DeadLink[]; readonly checked: number } {
  const pages = readdirSync(site, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html") && file !== "404.html");
  const html = new Map(pages.map((page) => [page, readFileSync(join(site, page), "utf8")]));
  const anchors = new Map(
    [...html].map(([page, text]) => [page, new Set([...text.matchAll(/\sid="([^"]*)"/gu)].map(([, id]) => decoded(id!)))]),
  );
  const dead: DeadLink[] = [];
  let checked = 0;
  for (const [page, text] of html) {
    for (const [, href = ""] of text.matchAll(/\s(?:href|src)="([^"]*)"/gu)) {
      if (href === "" || /^(?:[a-z]+:|\/\/)/u.test(href)) continue;
      checked++;
      const [path = "", anchor = ""] = decoded(href).split("#");
      const target = path === "" ? page : fileOf(site, page, path);
      const found = target !== undefined && (anchor === "" || anchors.get(target)?.has(decodeURIComponent(anchor)) === true);
      if (!found) dead.push({ page, href });
    }
  }
  return { dead, checked };
}

/** The file below the site that a path of a page leads to; undefined where there is none. */
function fileOf(site: string, page: string, path: string): string | undefined {
  const [bare = ""] = path.split("?");
  const joined = bare.startsWith("/") ? bare.slice(1) : join(dirname(page), bare);
  const candidates = [joined, `${joined}.html`, join(joined, "index.html")];
  return candidates.find((file) => /\.\w+$/u.test(file) && existsSync(join(site, file)));
}

const decoded = (text: string): string =>
  text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&amp;", "&");
