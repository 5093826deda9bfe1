import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { requireCoded, runCli, RunningCli } from "../cli/run-cli.js";
import { contentsOf, requireNoPartials, requireSame, WorkFolder, type Contents } from "../cli/work-folder.js";
import type { TortureList } from "../torture-list.js";
import { workingProcesses } from "../cli/processes.js";

const kinds = ["restore", "batch", "degrade", "report"] as const;
type Kind = (typeof kinds)[number];

interface Kill {
  /** Lines of output after which it comes, as a share of those that an undisturbed run writes. */
  readonly after: number;
  readonly ms: number;
  readonly whom: "program" | "working process" | "both";
}

interface Case {
  readonly kind: Kind;
  readonly kills: readonly Kill[];
}

const kill: fc.Arbitrary<Kill> = fc.record({
  after: fc.double({ min: 0, max: 1, noNaN: true }),
  ms: fc.integer({ min: 0, max: 30 }),
  whom: fc.constantFrom("program" as const, "working process" as const, "both" as const),
});

const pictures: Readonly<Record<Kind, number>> = { restore: 1, batch: 50, degrade: 10, report: 3 };

const commands: Readonly<Record<Kind, readonly string[]>> = {
  restore: ["restore", "-p", "p.yaml", "in/p0.png", "-o", "out", "--json"],
  batch: ["restore", "-p", "p.yaml", "in", "-o", "out", "--json"],
  degrade: ["degrade", "-p", "p.yaml", "in", "-o", "out", "--overwrite", "--json"],
  report: ["restore", "-p", "p.yaml", "in", "-o", "out", "--report", "pages", "--overwrite", "--json"],
};

/** What a run that nothing disturbs writes: its files, and how many lines it says. */
interface Undisturbed {
  readonly out: Contents;
  readonly lines: number;
}

async function undisturbed(kind: Kind): Promise<Undisturbed> {
  const folder = await WorkFolder.make({ pictures: pictures[kind] });
  try {
    const end = await runCli(commands[kind], { cwd: folder.path });
    requireCoded(end, [0]);
    return { out: await contentsOf(folder.at("out")), lines: end.stdout.split("\n").length - 1 };
  } finally {
    await folder.remove();
  }
}

/** A page is written whole: it names its time, so it is not compared byte by byte. */
function requireWholePages(pages: Contents): void {
  for (const [name, bytes] of pages) {
    if (name.endsWith(".html") && !bytes.toString("utf8").trimEnd().endsWith("</html>")) throw new Error(`${name} is not whole`);
    if (name.endsWith(".json")) JSON.parse(bytes.toString("utf8"));
  }
}

/** A result that is there is not replaced: a command that was killed after its last file says so, and has nothing to do. */
const refused = 42;

async function killed(folder: WorkFolder, kind: Kind, { after, ms, whom }: Kill, { lines, out }: Undisturbed): Promise<string> {
  const codes = await codesOf(folder, out, [0, 1, 75]);
  const running = new RunningCli(commands[kind], { cwd: folder.path });
  await running.lines(Math.floor(after * lines));
  await sleep(ms);
  const working = whom === "program" ? [] : workingProcesses(running.pid);
  for (const pid of working) kill9(pid);
  if (whom !== "working process") running.signal("SIGKILL", false);
  const end = await running.end();
  await running.requireGone();
  if (end.signal === "SIGKILL") return `${kind}: killed`;
  // One that lost its working process says so and goes on with a new one.
  requireCoded(end, codes);
  return `${kind}: ${working.length === 0 ? "ended before" : "working process killed"}`;
}

/** How a command may end: as it always may, or with a refusal where all its results are there. */
const codesOf = async (folder: WorkFolder, out: Contents, always: readonly number[]): Promise<readonly number[]> =>
  (await contentsOf(folder.at("out"))).size === out.size ? [...always, refused] : always;

function kill9(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Commands that are killed at any moment, again and again, and then let run. */
export function kills(): TortureList<Case> {
  const known = new Map<Kind, Promise<Undisturbed>>();
  const expectedOf = (kind: Kind): Promise<Undisturbed> => {
    const made = known.get(kind) ?? undisturbed(kind);
    known.set(kind, made);
    return made;
  };
  return {
    name: "kills",
    promise:
      "after a kill every file that is there is whole, and the same command ends with the bytes of an undisturbed run and nothing beside them",
    cases: { quick: 1, full: 100 },
    examples: [{ kind: "restore", kills: [{ after: 0.5, ms: 0, whom: "program" }] }],
    generator: fc.record({ kind: fc.constantFrom(...kinds), kills: fc.array(kill, { minLength: 4, maxLength: 4 }) }),
    async check({ kind, kills: list }) {
      const expected = await expectedOf(kind);
      const { out } = expected;
      const folder = await WorkFolder.make({ pictures: pictures[kind] });
      try {
        const inputs = await contentsOf(folder.at("in"));
        const became: string[] = [];
        for (const one of list) {
          became.push(await killed(folder, kind, one, expected));
          requireSame(await contentsOf(folder.at("out")), out, "after a kill");
          requireWholePages(await contentsOf(folder.at("pages")));
        }
        const codes = await codesOf(folder, out, [0]);
        requireCoded(await runCli(commands[kind], { cwd: folder.path }), codes);
        const left = await contentsOf(folder.at("out"), true);
        requireNoPartials(left);
        requireNoPartials(await contentsOf(folder.at("pages"), true));
        const visible = await contentsOf(folder.at("out"));
        requireSame(visible, out, "after the last run");
        if (visible.size !== out.size) throw new Error(`${visible.size} of ${out.size} results are there`);
        requireSame(await contentsOf(folder.at("in")), inputs, "inputs");
        return became;
      } finally {
        await folder.remove();
      }
    },
  };
}
