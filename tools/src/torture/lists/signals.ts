import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { requireCoded, RunningCli, runCli, type CliEnd } from "../cli/run-cli.js";
import { contentsOf, requireNoPartials, requireSame, WorkFolder, type Contents } from "../cli/work-folder.js";
import type { TortureList } from "../torture-list.js";

/** What is sent; the second one is Ctrl-C pressed twice. */
const kinds = ["SIGUSR1", "SIGINT", "SIGINT twice", "SIGTERM", "SIGHUP"] as const;
type Kind = (typeof kinds)[number];
const phases = ["step", "encode", "load"] as const;

interface Case {
  readonly kind: Kind;
  readonly phase: (typeof phases)[number];
  readonly ms: number;
  /** To all processes of the command, as a terminal does, or to the one that was started. */
  readonly group: boolean;
}

/** Exit codes that each may end in; 0 where everything was done before it came. */
const codes: Readonly<Record<Kind, readonly number[]>> = {
  SIGINT: [0, 130],
  "SIGINT twice": [0, 130],
  SIGTERM: [0, 143],
  SIGHUP: [0, 143],
  SIGUSR1: [0, 75],
};

const args = ["restore", "-p", "p.yaml", "in", "-o", "out", "--format", "avif", "--json"];
/** Text in the output by which each phase is known to have begun. */
const begins = { load: undefined, step: /"type":"step-end"/u, encode: /"type":"run-end"/u } as const;
const size = { pictures: 2, side: 12, steps: 40 } as const;
/** A signal is acknowledged within this; on a machine with other work the process may have to wait for its turn. */
const acknowledgeMs = 200;
const mostMs = 2000;

async function interrupted({ kind, phase, ms, group }: Case, folder: WorkFolder): Promise<{ end: CliEnd; acknowledged?: number }> {
  const running = new RunningCli(args, { cwd: folder.path });
  const name = kind === "SIGINT twice" ? "SIGINT" : kind;
  const begun = begins[phase];
  if (begun !== undefined) await running.said(begun);
  await sleep(phase === "load" ? 20 * ms : ms);
  const sent = performance.now();
  running.signal(name, group);
  if (kind === "SIGINT twice") {
    await sleep(ms);
    running.signal(name, group);
  }
  const word = /^(?:interrupted|terminated|finishing):/mu;
  await running.said(word);
  const acknowledged = performance.now() - sent;
  const end = await running.end();
  await running.requireGone();
  return word.test(end.stderr) ? { end, acknowledged } : { end };
}

function outcomeOf(kind: Kind, end: CliEnd, acknowledged: number | undefined): string {
  // Before the command listens, a signal ends it as it ends any program, and nothing has been begun.
  if (end.signal !== null && end.signal.startsWith(kind.slice(0, 6)) && end.stdout === "") return "ended before it began";
  requireCoded(end, codes[kind]);
  if (acknowledged === undefined) return "had ended";
  if (acknowledged > mostMs) throw new Error(`it was acknowledged after ${Math.round(acknowledged)} ms`);
  return acknowledged > acknowledgeMs ? "stopped, acknowledged after 200 ms" : "stopped, acknowledged within 200 ms";
}

/** Signals in every phase of a restoration. */
export function signals(): TortureList<Case> {
  let known: Promise<Contents> | undefined;
  const undisturbed = async (): Promise<Contents> => {
    const folder = await WorkFolder.make(size);
    try {
      requireCoded(await runCli(args, { cwd: folder.path }), [0]);
      return await contentsOf(folder.at("out"));
    } finally {
      await folder.remove();
    }
  };
  // Every kind in every phase, twenty times.
  const all = Array.from({ length: 20 }, (_, i) =>
    phases.flatMap((phase) => kinds.map((kind) => ({ kind, phase, ms: (i * 7) % 60, group: i % 2 === 0 }))),
  ).flat();
  return {
    name: "signals",
    promise: "a signal is acknowledged and ends the command with its documented code; files are whole or absent, and no process is left",
    cases: { quick: 2, full: all.length },
    examples: all,
    generator: fc.record({
      kind: fc.constantFrom(...kinds),
      phase: fc.constantFrom(...phases),
      ms: fc.nat(60),
      group: fc.boolean(),
    }),
    async check(value) {
      const expected = await (known ??= undisturbed());
      const folder = await WorkFolder.make(size);
      try {
        const { end, acknowledged } = await interrupted(value, folder);
        const outcome = outcomeOf(value.kind, end, acknowledged);
        requireSame(await contentsOf(folder.at("out")), expected, "after the signal");
        // Whoever is left no time leaves what the next start removes.
        if (value.kind !== "SIGINT twice") requireNoPartials(await contentsOf(folder.at("out"), true));
        return `${value.kind}: ${outcome}`;
      } finally {
        await folder.remove();
      }
    },
  };
}
