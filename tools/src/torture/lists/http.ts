import fc from "fast-check";
import { answersTo, type Answer } from "../http/answers.js";
import { connection, type FuzzedConnection } from "../http/request.js";
import { secret, ServiceUnderTest } from "../http/service-under-test.js";
import { wireOf } from "../http/wire.js";
import type { TortureList } from "../torture-list.js";

/** Connections that are open at one time. */
const together = 8;

/** Statuses that the documentation of the service has. */
const documented: ReadonlySet<number> = new Set([
  100, 200, 202, 204, 206, 302, 304, 400, 401, 403, 404, 405, 406, 408, 409, 413, 414, 415, 417, 422, 429, 431, 503,
]);

/** What no answer may tell: a file of the machine, a place, a stack. */
const untold = [secret, "root:", "node_modules", "/dist/", "    at "];

/** Requests to a service that nobody would send: methods, paths, fields, headers, forms, lengths and bytes changed at random. */
export function http(): TortureList<readonly FuzzedConnection[]> {
  let service: Promise<ServiceUnderTest> | undefined;
  return {
    name: "http",
    promise:
      "whatever is sent to a service, it answers with a documented status and a code, tells and writes nothing, and goes on to restore",
    cases: { quick: 12, full: 420 },
    generator: fc.array(connection, { minLength: 1, maxLength: together, size: "max" }),
    async check(connections) {
      const tested = await (service ??= ServiceUnderTest.start());
      const { known } = tested;
      const outcomes = await Promise.all(
        connections.map(async (each) => outcomeOf(each, await answersTo(known.host, wireOf(each, known)), tested)),
      );
      await tested.requireHealth();
      return outcomes.flat();
    },
    close: async () => (await service)?.close(),
  };
}

/** Errors: an answer that is not as promised. */
function outcomeOf({ requests }: FuzzedConnection, answers: readonly Answer[], { log }: ServiceUnderTest): readonly string[] {
  for (const answer of answers) requirePromised(answer, log);
  const statuses = answers.map(({ status }) => String(status));
  const unanswered = Math.max(0, requests.length - answers.length);
  return [...statuses, ...Array<string>(unanswered).fill("closed without an answer")];
}

function requirePromised({ status, head, body }: Answer, log: string): void {
  const fail = (problem: string): never => {
    throw new Error(`${problem}\n${head}\n${body.slice(0, 600)}\n${log.slice(-3000)}`);
  };
  if (!documented.has(status)) fail(`status ${status}`);
  // An answer to HEAD has no body.
  if (status >= 400 && body !== "" && !/"code":"LEADER_[A-Z_]+"/u.test(body)) fail("a failure without a code");
  for (const told of untold) if (body.includes(told)) fail(`told: ${told}`);
  if (/^(?:set-cookie|x-injected):/imu.test(head)) fail("a header that was sent came back");
}
