import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { requireCoded, runCli } from "../cli/run-cli.js";
import { contentsOf, WorkFolder } from "../cli/work-folder.js";
import type { TortureList } from "../torture-list.js";

/** A program without a network. */
interface Case {
  readonly what: string;
  readonly args: readonly string[];
  /** In place of the command line. */
  readonly program?: string;
  /** Pages that it writes. */
  readonly pages?: string;
}

const built = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const overwriting = ["-o", "out", "--overwrite"] as const;
const task = (name: string, ...more: readonly string[]): Case => ({
  what: name,
  args: [name, "in", ...overwriting, "--quality", "draft", ...more],
});

/** The first few are tried with the tests. */
const all: readonly Case[] = [
  task("denoise"),
  { what: "restore with a report", args: ["restore", "-p", "p.yaml", "in", ...overwriting, "--report", "pages"], pages: "pages" },
  { what: "bench", args: ["bench", "-p", "b.yaml", "-o", "benched"] },
  { what: "service and its page", args: [], program: built("tools/dist/torture/http/offline-service.js") },
  { what: "report", args: ["report", "pages"], pages: "pages" },
  task("upscale", "-x", "2"),
  task("colorize"),
  task("deblur", "--gaussian", "1"),
  { what: "degrade", args: ["degrade", "-p", "p.yaml", "in", ...overwriting] },
  { what: "reproduce", args: ["reproduce", "out/p0.restored.png"] },
  { what: "check", args: ["check", "-p", "p.yaml", "--size", "8x8"] },
  { what: "explain", args: ["explain", "p.yaml"] },
  { what: "graph", args: ["graph", "-p", "p.yaml", "--size", "8x8"] },
  { what: "lock", args: ["lock", "p.yaml"] },
  { what: "init", args: ["init", "-o", "begun.yaml"] },
  { what: "plugins", args: ["plugins"] },
  { what: "schema", args: ["schema"] },
  { what: "doctor", args: ["doctor"] },
  { what: "sample", args: ["sample", "sample.png", "--overwrite"] },
  { what: "cache", args: ["cache"] },
  { what: "add", args: ["add", "tfjs"] },
  {
    what: "gallery",
    args: ["gallery", "--picture", "in/p0.png", "--size", "64", "--steps", "2"],
    program: built("apps/cli/dist/gallery.js"),
  },
  { what: "demo", args: ["in/p0.png"], program: built("apps/cli/dist/demo.js") },
];

const bench = `apiVersion: leader-bench/v1
title: Offline
images: { path: in, size: 16 }
common: { denoiser: { use: "leader#gaussian" } }
tasks: { sr2: { operator: { use: "@leader/operators#super-resolution", with: { factor: 2, method: average-pool } } } }
methods: { ddnm: { baseline: { use: "@leader/baseline-ddnm#ddnm" }, scheduler: { use: "leader#uniform", with: { steps: 3 } } } }
metrics: [{ use: psnr }, { use: ssim }]
`;

/** A network of this machine alone, where one may be had; and all that is asked of the system about it, where that can be seen. */
class Alone {
  readonly how: string;
  readonly #through: readonly string[];
  readonly #traces: boolean;

  constructor() {
    const unshared = ["unshare", "-rn", "sh", "-c", 'ip link set lo up; exec "$@"', "sh"];
    const [isolates, traces] = [works([...unshared, "true"]), works(["strace", "-qq", "-o", "/dev/null", "true"])];
    this.#through = isolates ? unshared : [];
    this.how = `${isolates ? "without a network" : "watched"}${traces ? ", traced" : ""}`;
    this.#traces = traces;
  }

  through(trace: string): readonly string[] {
    const calls = "trace=connect,sendto,sendmsg,sendmmsg";
    return [...this.#through, ...(this.#traces ? ["strace", "-f", "-qq", "-e", calls, "-e", "signal=none", "-o", trace] : [])];
  }
}

const works = ([program, ...args]: readonly string[]): boolean => spawnSync(program!, args, { stdio: "ignore" }).status === 0;

/** An address of another machine in what `strace` writes. */
const elsewhere = /(?:sin_addr=inet_addr\("(?!127\.|0\.0\.0\.0)|inet_pton\(AF_INET6, "(?!::1"|::"|::ffff:127\.)).*/gu;

async function requireNothingAsked(folder: WorkFolder, what: string): Promise<void> {
  const asked = await readFile(folder.at("asked.txt"), "utf8").catch(() => "");
  const traced = await readFile(folder.at("trace.txt"), "utf8").catch(() => "");
  const found = [...asked.split("\n").filter((line) => line !== ""), ...[...traced.matchAll(elsewhere)].map(([text]) => text)];
  await Promise.all(["asked.txt", "trace.txt"].map((name) => rm(folder.at(name), { force: true })));
  if (found.length > 0) throw new Error(`${what} reached out: ${found.slice(0, 5).join("; ")}`);
}

/** Errors: a page loads something, from wherever. */
async function requireWholePages(folder: string): Promise<void> {
  const pages = [...(await contentsOf(folder))].filter(([name]) => name.endsWith(".html"));
  if (pages.length === 0) throw new Error("no page was written");
  for (const [name, bytes] of pages) {
    const [found] =
      /\bsrc=["']?(?!data:)[^"'\s>]+|<link[^>]+href="(?!data:)[^"]+"|url\(["']?(?!data:)[^)]+\)|\bfetch\(/u.exec(bytes.toString("utf8")) ??
      [];
    if (found !== undefined) throw new Error(`${name} loads ${found.slice(0, 100)}`);
  }
}

/** What the program does where there is no network. */
export function offline(): TortureList<Case> {
  let made: Promise<WorkFolder> | undefined;
  const alone = new Alone();
  return {
    name: "offline",
    promise: "everything works without a network, and nothing asks for another machine",
    cases: { quick: 3, full: all.length },
    examples: all,
    generator: fc.constantFrom(...all),
    async check({ what, args, program, pages }) {
      const folder = await (made ??= WorkFolder.make({ pictures: 2, side: 48 }));
      await writeFile(folder.at("b.yaml"), bench);
      const preload = built("tools/dist/torture/cli/watched-network.js");
      if (!existsSync(preload)) throw new Error("the tools are not built");
      const env = {
        NODE_OPTIONS: `--import=${preload}`,
        LEADER_WATCHED_NETWORK: folder.at("asked.txt"),
        LEADER_CACHE: folder.at("cache"),
        // npm says where it was started, which is where demos look for pictures: not there.
        INIT_CWD: folder.path,
      };
      const through = alone.through(folder.at("trace.txt"));
      requireCoded(await runCli(args, { cwd: folder.path, env, through, ...(program === undefined ? {} : { program }) }), [0]);
      await requireNothingAsked(folder, what);
      if (pages !== undefined) await requireWholePages(folder.at(pages));
      return `${what}, ${alone.how}`;
    },
    close: async () => await (await made)?.remove(),
  };
}
