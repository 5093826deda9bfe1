import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "@leader/queue/testing";

const run = promisify(execFile);

/** Seconds in which the node must be there. */
const startSeconds = 20;
/** Seconds between two looks of Slurm's scheduler; short, since parts of a test last seconds. */
const schedulerSeconds = 2;

/** A Slurm of one node on this machine, with daemons, keys and files of its own. It needs Debian's slurm-wlm and munge, and root. */
export class SlurmNode {
  /** For the commands that are to talk to it. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.env = { SLURM_CONF: join(folder, "slurm.conf") };
  }

  /** The node, or why there is none. */
  static async start(): Promise<SlurmNode | string> {
    if (process.getuid?.() !== 0) return "Slurm's daemons need root";
    const folder = await mkdtemp(join(tmpdir(), "leader-slurm-"));
    const node = new SlurmNode(folder);
    try {
      await node.#begin();
      return node;
    } catch (error) {
      const log = await readFile(join(folder, "ctld.log"), "utf8").catch(() => "");
      await node.stop();
      return `Slurm does not start (Debian: apt-get install slurm-wlm munge): ${String(error)} ${log.slice(-300)}`;
    }
  }

  /** Runs one of Slurm's commands. */
  async ask(program: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run(program, args, { env: { ...process.env, ...this.env } });
    return stdout.trim();
  }

  async stop(): Promise<void> {
    for (const daemon of this.#daemons.reverse()) {
      if (daemon.exitCode !== null || daemon.pid === undefined) continue;
      const gone = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await Promise.race([gone, sleep(5000).then(() => daemon.kill("SIGKILL"))]);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #begin(): Promise<void> {
    const at = (name: string): string => join(this.#folder, name);
    await writeFile(at("key"), randomBytes(128), { mode: 0o600 });
    await Promise.all([mkdir(at("state")), mkdir(at("spool"))]);
    await writeFile(at("slurm.conf"), await this.#settings(at));
    const munge = ["key", "socket", "pid", "log", "seed"].map((name) => `--${name === "socket" ? name : `${name}-file`}=${at(name)}`);
    // Forced: its folder is closed to others, which suits a daemon that only serves its own.
    this.#daemon("munged", ["--force", "--foreground", ...munge]);
    await this.#until(() => run("munge", ["-n", "-S", at("socket")]));
    this.#daemon("slurmctld", ["-D", "-f", at("slurm.conf")]);
    this.#daemon("slurmd", ["-D", "-f", at("slurm.conf")]);
    await this.#until(async () => {
      if (!/\bidle\b/u.test(await this.ask("sinfo", "--noheader", "--format", "%T"))) throw new Error("the node is not idle yet");
    });
  }

  async #settings(at: (name: string) => string): Promise<string> {
    const [controller, node] = [await freePort(), await freePort()];
    const name = hostname();
    return `ClusterName=leader
SlurmctldHost=${name}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=${at("socket")}
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${at("state")}
SlurmdSpoolDir=${at("spool")}
SlurmctldPidFile=${at("ctld.pid")}
SlurmdPidFile=${at("d.pid")}
SlurmctldLogFile=${at("ctld.log")}
SlurmdLogFile=${at("d.log")}
SlurmctldPort=${controller}
SlurmdPort=${node}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=${schedulerSeconds},batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
NodeName=${name} NodeAddr=127.0.0.1 CPUs=${availableParallelism()} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
  }

  #daemon(program: string, args: readonly string[]): void {
    const daemon = spawn(program, args, { stdio: "ignore" });
    // What is not installed never answers, which is noticed where it is asked.
    daemon.on("error", () => undefined);
    this.#daemons.push(daemon);
  }

  async #until(look: () => Promise<unknown>): Promise<void> {
    for (let waited = 0; ; waited += 200) {
      try {
        await look();
        return;
      } catch (error) {
        const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
        if (missing || waited >= 1000 * startSeconds) throw error;
        await sleep(200);
      }
    }
  }
}
