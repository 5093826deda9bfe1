/**
 * Loaded into every Node process of an installation (`node --import`): names other than this machine's do not resolve, connections to
 * other addresses are refused, and what was asked for is written to the file that `LEADER_ROUND_ASKED` names.
 */
import { appendFileSync } from "node:fs";
import dns from "node:dns";
import net from "node:net";

const log = process.env["LEADER_ROUND_ASKED"];
const isHere = (host: string): boolean => host === "localhost" || host === "::1" || host === "0.0.0.0" || host.startsWith("127.");

function refusal(host: string): Error {
  if (log !== undefined) appendFileSync(log, `${host}\n`);
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: host });
}

const { lookup } = dns;
const promised = dns.promises.lookup;
const guarded = (host: string, ...rest: readonly unknown[]): unknown => {
  if (isHere(host)) return Reflect.apply(lookup, dns, [host, ...rest]);
  const error = refusal(host);
  const callback = rest.at(-1);
  if (typeof callback === "function") process.nextTick(() => void Reflect.apply(callback, undefined, [error]));
  return undefined;
};
Object.assign(dns, { lookup: guarded });
Object.assign(dns.promises, {
  lookup: (host: string, ...rest: readonly unknown[]): unknown =>
    isHere(host) ? Reflect.apply(promised, dns.promises, [host, ...rest]) : Promise.reject(refusal(host)),
});

// An address needs no name to be found.
const connect: unknown = Reflect.get(net.Socket.prototype, "connect");
Object.assign(net.Socket.prototype, {
  connect(this: net.Socket, ...args: readonly unknown[]): unknown {
    const host = hostOf(args[0]);
    if (host !== undefined && net.isIP(host) !== 0 && !isHere(host)) return this.destroy(refusal(host));
    return typeof connect === "function" ? Reflect.apply(connect, this, args) : undefined;
  },
});

/** The host that `connect` was given: options, or, from `net.connect`, an array that begins with them. */
function hostOf(first: unknown): string | undefined {
  const options: unknown = Array.isArray(first) ? first[0] : first;
  if (typeof options !== "object" || options === null) return undefined;
  const host: unknown = Reflect.get(options, "host");
  return typeof host === "string" ? host : undefined;
}
