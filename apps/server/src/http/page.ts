import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import serveFiles from "@fastify/static";
import type { FastifyReply } from "fastify";
import type { App } from "./context.js";

/** The files of the page, as they were built. */
const built = join(dirname(createRequire(import.meta.url).resolve("@leader/page/package.json")), "dist/site");

/** The page runs the scripts that come with it and asks nobody but this service; pictures are also those that it made itself. */
const policy = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Serves the page at `/`, without a key: it asks for one. Each file has a route of its own, so that no other can be asked for, and there are
 * no methods but GET and HEAD.
 * @param folder with `index.html`; without it, as in a checkout that was not built, there is no page and the log says so
 */
export async function servePage(app: App, folder: string = built): Promise<void> {
  if (!existsSync(join(folder, "index.html"))) {
    app.log.warn("the page is not built, so / is not there: run `npm run build`");
    return;
  }
  await app.register(serveFiles, {
    root: folder,
    wildcard: false,
    logLevel: "warn",
    // A packed file has the date of no release, so neither date nor ETag would tell versions of the same size apart.
    cacheControl: false,
    etag: false,
    lastModified: false,
    setHeaders: describe,
  });
}

/** Assets carry a hash of their content in their name; whatever else there is may change with the next version. */
function describe(reply: FastifyReply, path: string): void {
  const isAsset = basename(dirname(path)) === "assets";
  void reply
    .header("cache-control", isAsset ? "public, max-age=31536000, immutable" : "no-cache")
    .header("content-security-policy", policy);
}
