import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { isRecord } from "@leader/graph/records";
import { hostileCommands, type HostileCommand } from "../cli/hostile-commands.js";
import { hostileInputs } from "../cli/hostile-inputs.js";
import { requireCoded, RunningCli, type CliEnd, type CliOptions } from "../cli/run-cli.js";
import { WorkFolder } from "../cli/work-folder.js";
import type { TortureList } from "../torture-list.js";

/** What the process of a command itself took. */
interface Watched {
  readonly blockedMs: number;
  /** Of these, milliseconds in which it computed. */
  readonly busyMs: number;
  readonly peakMiB: number;
}

/** The built module, also where this one runs from its source. */
const preload = new URL("../../../dist/torture/cli/watched-parent.js", import.meta.url);

const mostMiB = 200;
const mostBlockedMs = 100;

async function endOf({ args, serving }: Pick<HostileCommand, "args" | "serving">, options: CliOptions): Promise<CliEnd> {
  const running = new RunningCli(args, options);
  if (serving !== undefined) {
    await running.said(serving);
    running.signal("SIGTERM", false);
  }
  const end = await running.end();
  await running.requireGone();
  return end;
}

async function watched(folder: WorkFolder, command: Omit<HostileCommand, "what" | "needs">, codes: readonly number[]): Promise<Watched> {
  const place = folder.at("watched.json");
  const { serving } = command;
  const env = {
    LEADER_WATCHED_PARENT: place,
    ...(serving === undefined ? {} : { LEADER_WATCHED_FROM: "output" }),
    NODE_OPTIONS: `--import=${fileURLToPath(preload)}`,
    // Nothing that other commands have kept, and nothing kept for them.
    LEADER_CACHE: folder.at("cache"),
  };
  requireCoded(await endOf(command, { cwd: folder.path, env }), codes, command.finding);
  const told: unknown = JSON.parse(await readFile(place, "utf8"));
  const { blockedMs, busyMs, peakMiB } = isRecord(told) ? told : {};
  return { blockedMs: Number(blockedMs), busyMs: Number(busyMs ?? Infinity), peakMiB: Number(peakMiB) };
}

/**
 * As `watched`. A process that was deaf without computing has waited for something, or the machine has taken its processor in a way that
 * Linux does not tell: only what waits does so every time.
 */
async function watchedFairly(...asked: Parameters<typeof watched>): Promise<Watched> {
  let seen = await watched(...asked);
  for (let again = 0; again < 2 && seen.blockedMs > mostBlockedMs && seen.busyMs < mostBlockedMs; again++) seen = await watched(...asked);
  return seen;
}

/** A folder in which every input is made once. */
class Inputs {
  readonly folder: WorkFolder;
  readonly #made = new Set<string>();

  constructor(folder: WorkFolder) {
    this.folder = folder;
  }

  async make(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (!this.#made.has(name)) await hostileInputs[name]!(this.folder, name);
      this.#made.add(name);
    }
  }
}

/** The commands with inputs that ask for much, seen from the process that people talk to. */
export function parents(): TortureList<HostileCommand> {
  let made: Promise<Inputs> | undefined;
  let idle: Promise<Watched> | undefined;
  return {
    name: "parents",
    promise: `whatever a command is given, its own process takes at most ${mostMiB} MiB more than idle, and is never deaf for ${mostBlockedMs} ms of its own`,
    cases: { quick: 3, full: hostileCommands.length },
    examples: hostileCommands,
    generator: fc.constantFrom(...hostileCommands),
    async check({ what, needs, ...command }) {
      const inputs = await (made ??= WorkFolder.make({ pictures: 1 }).then((folder) => new Inputs(folder)));
      const { folder } = inputs;
      const base = await (idle ??= watched(folder, { args: ["--version"] }, [0]));
      await inputs.make(needs);
      const { blockedMs, busyMs, peakMiB } = await watchedFairly(folder, command, [0, 1, 2, 42, 75, 143]);
      const more = Math.round(peakMiB - base.peakMiB);
      const told = `${command.args[0]!} of ${what}: ${more} MiB more than idle, deaf for ${Math.round(blockedMs)} ms at most, ${Math.round(busyMs)} of them at work`;
      if (!(more <= mostMiB && blockedMs <= mostBlockedMs)) throw new Error(told);
      return told;
    },
    close: async () => await (await made)?.folder.remove(),
  };
}
