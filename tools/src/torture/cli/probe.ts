/**
 * Loaded before the command line (`NODE_OPTIONS=--import`): measures the program that people talk to, not its working process.
 * At its end it writes its memory and the longest time that its loop was blocked to the file in `LEADER_PROBE`.
 */
import { readFileSync, writeFileSync } from "node:fs";

/** What the probe measured of one process. */
export interface Probed {
  /** Resident memory once the command was loaded, in MiB. */
  readonly idle: number;
  readonly highest: number;
  /**
   * Longest time in milliseconds in which the loop did not turn, once the command was loaded: of the clock, and of that the part in
   * which the process had a processor, which does not depend on what else the machine does.
   */
  readonly blocked: { readonly clock: number; readonly processor: number };
}

const target = process.env["LEADER_PROBE"];
/** The command line has loaded what it needs when its loop first turns this often in a row without a pause. */
const settleMs = 600;
const tickMs = 5;

const mebibytes = (name: string): number => {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB`, "mu").exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line?.[1] ?? 0) / 1024;
};

const processorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

if (target !== undefined && process.argv[1]?.endsWith("bin/leader.js") === true) {
  let idle = 0;
  const blocked = { clock: 0, processor: 0 };
  setTimeout(() => {
    idle = mebibytes("VmRSS");
    let [clock, processor] = [performance.now(), processorMs()];
    setInterval(() => {
      const [now, used] = [performance.now(), processorMs()];
      const gap = Math.max(0, now - clock - tickMs);
      blocked.clock = Math.max(blocked.clock, gap);
      blocked.processor = Math.max(blocked.processor, Math.min(gap, used - processor));
      [clock, processor] = [now, used];
    }, tickMs).unref();
  }, settleMs).unref();
  process.once("exit", () => {
    const measured: Probed = { idle: idle === 0 ? mebibytes("VmRSS") : idle, highest: mebibytes("VmHWM"), blocked };
    writeFileSync(target, JSON.stringify(measured));
  });
}
