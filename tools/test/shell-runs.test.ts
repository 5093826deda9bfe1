// Commands of pages are run as a reader runs them, from the top of each page: in one process, in a folder with small pictures. What is not run
// says why; that it exists is asked of every command by `shell-snippets.test.ts`.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { writePicture } from "leader-restore";
import { afterAll, describe, expect, it, vi } from "vitest";
import { workspaceRoot } from "../scripts/workspace-packages.mjs";
import { blocks, documents } from "./snippets/blocks.js";
import { shellCommands, type ShellCommand } from "./snippets/shell.js";

// A command leaves its work to a process of its own; here all of them share this one, which costs seconds in place of minutes.
vi.mock("../../apps/cli/src/worker/workplace.js", async (original) => {
  const own = await original<{ readonly openWorkplace: (options: object) => unknown }>();
  return { ...own, openWorkplace: (options: object) => own.openWorkplace({ ...options, isolate: false }) };
});

/** Why a command is not run here. */
const reasons: readonly (readonly [command: RegExp, reason: string])[] = [
  [/^(?:npx )?leader (?:serve|worker)\b/u, "runs until it is stopped: apps/server/test, apps/cli/test/serve.test.ts, packages/queue/test"],
  [/^(?:npx )?leader add\b.*--run/u, "installs from a registry: apps/cli/src/package-manager.test.ts"],
  [/^(?:npx )?leader (?:bench|import-lpips)\b/u, "photographs, weights and minutes: apps/cli/test/bench.test.ts, import-lpips.test.ts"],
  [/--engine|--queue/u, "a queue or a cluster: apps/cli/test/engines.test.ts"],
  [/^npm (?:install|create|publish)\b|^git clone\b/u, "the network: npm run registry-round"],
  [/^npm test\b|^npm run \w|^npx nx\b/u, "scripts of a repository, of minutes: packages/create-leader-plugin/test/packed.test.ts, CI"],
  [/^curl\b/u, "needs a running service: apps/server/test asks the same addresses"],
  [/^docker\b/u, "needs Docker"],
];

/** Commands of pages that need what another page makes. */
const skipped: Readonly<Record<string, string>> = {
  "docs/tutorial.md": "in the folder of a plugin that the page makes: packages/create-leader-plugin/test/packed.test.ts",
};

/** Pixels: a page costs a second or two. */
const side = 12;

/** What commands say by their exit code that is no failure. */
const answers: Readonly<Record<string, readonly number[]>> = { reproduce: [0, 1] };

const here = process.cwd();
const folders: string[] = [];
afterAll(() => {
  process.chdir(here);
  process.exitCode = undefined;
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const wave = (channels: number, side: number) => ({
  shape: [1, channels, side, side],
  dtype: "float32" as const,
  data: Float32Array.from({ length: channels * side * side }, (_, i) => Math.sin(i / 7) / 2),
});

/** A folder with the pictures that readers bring, and with the files that pages show and these commands do not make. */
async function begin(commands: readonly ShellCommand[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "leader-shell-"));
  folders.push(folder);
  process.chdir(folder);
  const made = commands.flatMap(({ words }) => words.filter((_, i) => words[i - 1] === "-o"));
  for (const { name, code } of blocks) {
    const named = name === "" ? (/^# (\S+\.yaml)\n/u.exec(code)?.[1] ?? "") : name;
    if (named.endsWith(".yaml") && !made.includes(named)) writeFileSync(named, code);
  }
  for (const sub of ["BLURRED", "CLEAN", "results", "somewhere"]) mkdirSync(sub);
  for (const name of ["photo.jpg", "photo.png", "blurred.png", "BLURRED/blurred.png", "CLEAN/blurred.png"])
    await writePicture(name, wave(3, side));
  await writePicture("grey.jpg", wave(1, side));
  const holes = Float32Array.from({ length: side * side }, (_, i) => (i % side < 5 ? -1 : 1));
  await writePicture("holes.png", { ...wave(1, side), data: holes });
}

/** What has to be there before a command, in words that begin it. */
const before: Readonly<Record<string, () => Promise<unknown>>> = {
  // Noise is estimated from hundreds of patches, more than the small picture has.
  denoise: () => writePicture("photo.jpg", wave(3, 36)),
  reproduce: async () => {
    for (const out of ["out.png", "results/one.png"])
      if (!existsSync(out)) expect(await leader(["restore", "photo.png", "-p", "deblur.yaml", "-o", out])).toBeUndefined();
  },
};

interface Program {
  parseAsync(args: readonly string[], options: { readonly from: "user" }): Promise<unknown>;
}

/** Runs a command of this program; what it said, where it failed. */
async function leader(words: readonly string[]): Promise<string | undefined> {
  const { program } = (await import(join(workspaceRoot, "apps/cli/src/main.ts"))) as { readonly program: Program };
  const said: string[] = [];
  const keep = (text: string | Uint8Array): boolean => said.push(String(text)) > 0;
  const streams = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockImplementation(keep));
  process.exitCode = 0;
  try {
    await program.parseAsync(words.flatMap(expanded), { from: "user" });
    const code = exitCode();
    return (answers[words[0] ?? ""] ?? [0]).includes(code) ? undefined : `exit code ${code}: ${said.join("")}`;
  } catch (error) {
    // Help is thrown as an exit, too.
    return (error as { readonly exitCode?: number }).exitCode === 0 ? undefined : String(error);
  } finally {
    for (const stream of streams) stream.mockRestore();
    process.exitCode = undefined;
  }
}

const exitCode = (): number => Number(process.exitCode ?? 0);

/** What a shell makes of `*`. */
function expanded(word: string): readonly string[] {
  if (!word.includes("*")) return [word];
  const [start = "", end = ""] = basename(word).split("*");
  const found = readdirSync(dirname(word)).filter((name) => name.startsWith(start) && name.endsWith(end));
  return found.map((name) => join(dirname(word), name));
}

const pages = documents
  .map((page) => [page, blocks.filter(({ document, language }) => document === page && language === "sh")] as const)
  .filter(([, all]) => all.length > 0);
const commandsOf = (page: readonly { readonly code: string }[]) => page.flatMap(({ code }) => shellCommands(code));
const reasonFor = (words: readonly string[]): string | undefined => reasons.find(([command]) => command.test(words.join(" ")))?.[1];

describe("the commands of", () => {
  const run = pages.filter(([page, all]) => !(page in skipped) && commandsOf(all).some(({ words }) => reasonFor(words) === undefined));
  it.each(run)(
    "%s do what the page says",
    async (page, all) => {
      const commands = commandsOf(all);
      await begin(commands);
      for (const { words, source } of commands) {
        if (reasonFor(words) !== undefined || ["cd", "npm"].includes(words[0] ?? "")) continue;
        const own = words[0] === "npx" ? words.slice(2) : words.slice(1);
        await before[own[0] ?? ""]?.();
        expect(await leader(own), source).toBeUndefined();
      }
    },
    120_000,
  );

  it("what is not run has a reason, and every reason is one of a command", () => {
    const all = pages.flatMap(([page, found]) => (page in skipped ? [] : commandsOf(found).map(({ words }) => words)));
    const unknown = all.filter((words) => reasonFor(words) === undefined && !/^(?:npx leader|leader|cd) /u.test(words.join(" ")));
    expect(unknown).toEqual([]);
    for (const [command, reason] of reasons)
      expect(
        all.some((words) => command.test(words.join(" "))),
        reason,
      ).toBe(true);
    expect(all.filter((words) => reasonFor(words) === undefined).length).toBeGreaterThan(20);
  });
});

it("a false command fails", async () => {
  await begin([]);
  expect(await leader(["check", "-p", "absent.yaml"])).toContain("absent.yaml");
  expect(await leader(["restore", "photo.png", "-p", "deblur.yaml", "-o", "false.png", "--param", "factor=2"])).toContain("PARAM_UNKNOWN");
});
