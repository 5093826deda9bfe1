import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** Where files that are no pages of the site are shown. */
const repository = "https://github.com/leader-restore/leader";

/** Pages that come from elsewhere than `docs/`, and the name they get. */
const elsewhere: Readonly<Record<string, string>> = {
  "README.md": "start.md",
  "CONTRIBUTING.md": "contributing.md",
  "SECURITY.md": "security.md",
  "CODE_OF_CONDUCT.md": "code-of-conduct.md",
  "CHANGELOG.md": "changelog.md",
  "packages/backends/onnx/README.md": "packages/backend-onnx.md",
  "packages/backends/tfjs/README.md": "packages/backend-tfjs.md",
  "packages/leader/README.md": "packages/leader-restore.md",
  "packages/networks/README.md": "packages/networks.md",
  "packages/operators/README.md": "packages/operators.md",
};

/** Every Markdown file that becomes a page: its path in the repository, and its place in the site. */
export function pagesOf(root: string): ReadonlyMap<string, string> {
  const docs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  return new Map([...docs.map((name): [string, string] => [`docs/${name}`, name]), ...Object.entries(elsewhere)]);
}

/**
 * Puts the pages where the site is built from. The repository's Markdown is written to be read there; here links are led to pages of the
 * site, or, where there is none, to the repository.
 */
export function stagePages(root: string, place: string): void {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const pages = pagesOf(root);
  for (const [source, target] of pages) {
    const file = join(place, target);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, withLinks(readFileSync(join(root, source), "utf8"), source, target, root, pages));
  }
  cpSync(join(root, "site/home.md"), join(place, "index.md"));
  cpSync(join(root, "docs/images"), join(place, "images"), { recursive: true });
}

/** A page with its relative links led on, and `<file>` and `{{` kept from being read as a tag and as Vue's. Code is left as it is. */
export function withLinks(text: string, source: string, target: string, root: string, pages: ReadonlyMap<string, string>): string {
  return outsideCode(text, (prose) =>
    prose
      .replace(/<(?!https?:)/gu, "&lt;")
      .replaceAll("{{", "&#123;&#123;")
      .replace(/(\]\()(?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)/gu, (_, start: string, path: string, anchor = "") => {
        const inRepository = posix.normalize(posix.join(posix.dirname(source), path)).replace(/\/$/u, "");
        return `${start}${addressOf(inRepository, target, root, pages) ?? path}${anchor})`;
      }),
  );
}

function addressOf(file: string, from: string, root: string, pages: ReadonlyMap<string, string>): string | undefined {
  const page = pages.get(file) ?? pages.get(`${file}/README.md`);
  const relative = (to: string): string => {
    const path = posix.relative(posix.dirname(from), to);
    return path.startsWith(".") ? path : `./${path}`;
  };
  if (page !== undefined) return relative(page);
  if (file.startsWith("docs/images/")) return relative(file.slice("docs/".length));
  if (!existsSync(join(root, file))) return undefined;
  return `${repository}/${statSync(join(root, file)).isDirectory() ? "tree" : "blob"}/main/${file}`;
}

/** Changes what stands outside of fenced and inline code. */
function outsideCode(text: string, change: (prose: string) => string): string {
  return text
    .split(/(^```[\s\S]*?^```$|`[^`\n]+`)/gmu)
    .map((piece, i) => (i % 2 === 0 ? change(piece) : piece))
    .join("");
}
