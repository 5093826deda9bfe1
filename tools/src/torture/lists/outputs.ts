import { spawnSync } from "node:child_process";
import { chmod, link, mkdir, rm, symlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { requireCoded, runCli, RunningCli, type CliEnd } from "../cli/run-cli.js";
import { contentsOf, requireNoPartials, requireSame, WorkFolder, type Contents } from "../cli/work-folder.js";
import type { TortureList } from "../torture-list.js";

const faults = ["full disk", "no right", "read-only", "few files", "other disk", "the input", "deleted", "two processes"] as const;
type Fault = (typeof faults)[number];

interface Case {
  readonly fault: Fault;
  readonly command: "restore" | "degrade" | "report";
  readonly format: "png" | "npy" | "tiff";
  readonly side: number;
  /** Decides what a fault leaves open: how much room, how many files, which link, when. */
  readonly choice: number;
}

const generator: fc.Arbitrary<Case> = fc.record({
  fault: fc.constantFrom(...faults),
  command: fc.constantFrom("restore" as const, "degrade" as const, "report" as const),
  format: fc.constantFrom("png" as const, "npy" as const, "tiff" as const),
  side: fc.constantFrom(8, 32, 64),
  choice: fc.nat(1000),
});

const pictures = 3;

const argsOf = ({ command, format }: Case, output = "out"): readonly string[] => [
  ...(command === "degrade" ? ["degrade"] : ["restore"]),
  ...["-p", "p.yaml", "in", "-o", output, "--format", format, "--json"],
  ...(command === "report" ? ["--report", output, "--overwrite"] : []),
];

/** Whether file systems can be mounted out of everybody's sight. */
let mountable: boolean | undefined;
const mayMount = (): boolean => (mountable ??= spawnSync("unshare", ["-m", "true"]).status === 0);

/** Starts a command with a file system of its own over `out`, and keeps what is in it at the end. */
const over = (folder: WorkFolder, options: string): readonly string[] => {
  const [out, kept] = [folder.at("out"), folder.at("kept")];
  const script = `mount -t tmpfs -o ${options} none '${out}' || exit 99; "$@"; code=$?; cp -a '${out}/.' '${kept}'; exit $code`;
  return ["unshare", "-m", "sh", "-c", script, "sh"];
};

type Expectation = { readonly end: CliEnd; readonly codes: readonly number[]; readonly out: Contents };

/** Each fault: sets it up, runs, and says what may have come of it. */
const tries: Readonly<Record<Fault, (folder: WorkFolder, value: Case) => Promise<Expectation | undefined>>> = {
  "full disk": async (folder, value) => {
    if (!mayMount()) return undefined;
    // From nothing at all to room for all but the last.
    const blocks = 1 + (value.choice % 8);
    return await mounted(folder, value, `size=${4 * blocks}k`, [0, 1, 42, 75]);
  },
  "read-only": async (folder, value) => (mayMount() ? await mounted(folder, value, "ro", [42]) : undefined),
  "other disk": async (folder, value) => (mayMount() ? await mounted(folder, value, "size=16m", [0]) : undefined),
  "no right": async (folder, value) => {
    await mkdir(folder.at("out"));
    await chmod(folder.path, 0o755);
    await chmod(folder.at("out"), 0o555);
    // Root may write anywhere, so somebody else is asked.
    const through = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    const end = await runCli(argsOf(value), { cwd: folder.path, through });
    return { end, codes: [42], out: await contentsOf(folder.at("out"), true) };
  },
  "few files": async (folder, value) => {
    const most = 24 + (value.choice % 60);
    const end = await runCli(argsOf(value), { cwd: folder.path, through: ["sh", "-c", `ulimit -n ${most}; exec "$@"`, "sh"] });
    return { end, codes: [0, 1, 42, 75], out: await contentsOf(folder.at("out"), true) };
  },
  "the input": async (folder, value) => {
    const ways = [
      async () => await link(folder.at("in/p0.png"), folder.at("twin.png")).then(() => "twin.png"),
      async () => await symlink("in/p0.png", folder.at("twin.png")).then(() => "twin.png"),
      async () => await symlink("in", folder.at("linked")).then(() => "linked/p0.png"),
      () => Promise.resolve("in/../in/p0.png"),
      () => Promise.resolve("p.yaml/../in/p0.png"),
    ];
    const output = await ways[value.choice % ways.length]!();
    const command = value.command === "degrade" ? "degrade" : "restore";
    const end = await runCli([command, "-p", "p.yaml", "in/p0.png", "-o", output, "--overwrite", "--json"], { cwd: folder.path });
    return { end, codes: [42], out: new Map() };
  },
  deleted: async (folder, value) => {
    const running = new RunningCli(argsOf(value), { cwd: folder.path });
    await running.lines(1 + (value.choice % 30));
    // What is being written may appear in it meanwhile.
    await rm(folder.at("out"), { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
    const end = await running.end();
    return { end, codes: [0, 1, 42, 75], out: await contentsOf(folder.at("out"), true) };
  },
  "two processes": async (folder, value) => {
    const args = argsOf({ ...value, command: value.command === "report" ? "restore" : value.command });
    const first = new RunningCli(args, { cwd: folder.path });
    await sleep(value.choice % 300);
    const second = new RunningCli(args, { cwd: folder.path });
    const ends = await Promise.all([first.end(), second.end()]);
    for (const end of ends) requireCoded(end, [0, 1, 42]);
    const out = await contentsOf(folder.at("out"));
    // Arrays have their records beside them.
    const made = [...out.keys()].filter((name) => name.endsWith(`.${value.format}`)).length;
    if (made !== pictures) throw new Error(`${made} of ${pictures} results are there`);
    return { end: ends[0], codes: [0, 1, 42], out };
  },
};

async function mounted(folder: WorkFolder, value: Case, options: string, codes: readonly number[]): Promise<Expectation> {
  for (const name of ["out", "kept"]) await mkdir(folder.at(name));
  const end = await runCli(argsOf(value), { cwd: folder.path, through: over(folder, options) });
  return { end, codes, out: await contentsOf(folder.at("kept"), true) };
}

/** Every fault twenty times, in different circumstances. */
const all: readonly Case[] = Array.from({ length: 20 }, (_, i) =>
  faults.map((fault, k) => ({
    fault,
    command: (["restore", "degrade", "report"] as const)[(i + k) % 3]!,
    format: (["png", "npy", "tiff"] as const)[(i + 2 * k) % 3]!,
    side: [8, 32, 64][i % 3]!,
    choice: 37 * i + k,
  })),
).flat();

/** Places for results that fail in every way that disks do. */
export function outputs(): TortureList<Case> {
  const known = new Map<string, Promise<Contents>>();
  const expectedOf = (value: Case): Promise<Contents> => {
    const key = [value.command, value.format, value.side].join();
    const made = known.get(key) ?? undisturbed(value);
    known.set(key, made);
    return made;
  };
  return {
    name: "outputs",
    promise: "where a result cannot be written that is said with a code, inputs stay as they are, and no part of a file is left",
    cases: { quick: 2, full: all.length },
    examples: all,
    generator,
    async check(value) {
      const folder = await WorkFolder.make({ pictures, side: value.side, steps: 2 });
      try {
        const inputs = await contentsOf(folder.at("in"));
        const tried = await tries[value.fault](folder, value);
        if (tried === undefined) return `${value.fault}: not possible here`;
        requireCoded(tried.end, tried.codes);
        requireNoPartials(tried.out);
        requireSame(resultsIn(tried.out), resultsIn(await expectedOf(value)), value.fault);
        requireSame(await contentsOf(folder.at("in")), inputs, "inputs");
        return `${value.fault}: ${tried.end.code === 0 ? "written" : "refused"}`;
      } finally {
        await chmod(folder.at("out"), 0o755).catch(() => undefined);
        await folder.remove();
      }
    },
  };
}

/** Results are compared; pages and journals name times. */
const resultsIn = (files: Contents): Contents => new Map([...files].filter(([name]) => /^p\d\.(?:restored|measured)\./u.test(name)));

async function undisturbed(value: Case): Promise<Contents> {
  const folder = await WorkFolder.make({ pictures, side: value.side, steps: 2 });
  try {
    requireCoded(await runCli(argsOf(value), { cwd: folder.path }), [0]);
    return await contentsOf(folder.at("out"));
  } finally {
    await folder.remove();
  }
}
