import { readFileSync } from "node:fs";
import { slug } from "github-slugger";
import { defineConfig } from "vitepress";

const read = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), "utf8");
/** What the sidebar lists; a test compares it with what there is. */
const sidebar = JSON.parse(read("../sidebar.json"));
/** Written by TypeDoc. */
const api = JSON.parse(read("../pages/api/typedoc-sidebar.json"));

export default defineConfig({
  title: "LEADer",
  description: "Zero-shot image restoration with diffusion priors, in TypeScript",
  lang: "en",
  head: [["link", { rel: "icon", href: "data:," }]],
  srcDir: "pages",
  cleanUrls: false,
  metaChunk: true,
  markdown: {
    math: true,
    // Braces in our pages are code and mathematics.
    attrs: { disable: true },
    // Links to headings are written for GitHub.
    anchor: { slugify: slug },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Guide", link: "/start" },
      { text: "Tutorial", link: "/tutorial" },
      { text: "Methods", link: "/methods" },
      { text: "Plugins", link: "/plugin-list" },
      { text: "API", link: "/api/" },
    ],
    sidebar: { "/": sidebar, "/api/": [{ text: "API", items: api }] },
    socialLinks: [{ icon: "github", link: "https://github.com/leader-restore/leader" }],
    footer: { message: "MIT licence" },
  },
});
