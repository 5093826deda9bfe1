/**
 * Loaded before a program by `--import`, and so before every process and thread that it starts: writes down whatever is asked to connect to
 * another machine, or to look one up. Nothing is hindered.
 */
import { appendFileSync } from "node:fs";
import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";
import { syncBuiltinESMExports } from "node:module";

const { LEADER_WATCHED_NETWORK: place } = process.env;
const local = /^(?:localhost|127\.[\d.]+|::1|::ffff:127\.[\d.]+|0\.0\.0\.0|::)$/u;

function noted(path: string, how: string, host: unknown): void {
  if (typeof host === "string" && !local.test(host)) appendFileSync(path, `${how} ${host}\n`);
}

/** Puts a function in place of one of an object's own, which tells `note` its arguments and does as before. */
function watch(owner: object, name: string, note: (args: readonly unknown[]) => void): void {
  const before: unknown = Reflect.get(owner, name);
  if (typeof before !== "function") return;
  Reflect.set(owner, name, function (this: unknown, ...args: unknown[]): unknown {
    note(args);
    const result: unknown = Reflect.apply(before, this, args);
    return result;
  });
}

/** The host among the arguments of `connect`: `(options)`, `(port, host)`, or these as one array. */
function hostOf(args: readonly unknown[]): unknown {
  const [first, second] = args;
  if (Array.isArray(first)) return hostOf(first);
  return typeof first === "object" && first !== null ? Reflect.get(first, "host") : second;
}

if (place !== undefined) {
  watch(net.Socket.prototype, "connect", (args) => noted(place, "connect", hostOf(args)));
  watch(dgram.Socket.prototype, "send", (args) =>
    noted(
      place,
      "send",
      args.findLast((one) => typeof one === "string" && args.indexOf(one) > 0),
    ),
  );
  watch(dgram.Socket.prototype, "connect", ([, host]) => noted(place, "send", host));
  for (const how of ["lookup", "resolve", "resolve4", "resolve6"]) {
    watch(dns, how, ([host]) => noted(place, how, host));
    watch(dns.promises, how, ([host]) => noted(place, how, host));
  }
  syncBuiltinESMExports();
}
