import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** One answer on a connection. */
export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Milliseconds in which something must have come back: the limit of a request is a second, and the machine may be busy. */
const patienceMs = 30_000;
/** Milliseconds of silence after which nothing more is expected of a connection that stays open. */
const silenceMs = 250;

/** Sends bytes on a connection of their own, and returns what came back until it was closed or fell silent. Errors: nothing came back. */
export async function answersTo(host: string, bytes: Uint8Array): Promise<readonly Answer[]> {
  const { hostname, port } = new URL(`http://${host}`);
  const socket = connect({ host: hostname, port: Number(port) });
  let received = "";
  let heard = performance.now();
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    heard = performance.now();
  });
  socket.on("error", () => undefined);
  socket.write(bytes);
  const begun = performance.now();
  try {
    while (!socket.closed && !(isWhole(received) && performance.now() - heard > silenceMs)) {
      if (performance.now() - begun > patienceMs) throw new Error(`the connection hangs; it said: ${received.slice(0, 300)}`);
      await sleep(5);
    }
  } finally {
    socket.destroy();
  }
  return answersIn(received);
}

/** The answers of a connection, one behind the other. A line in a body does not begin like an answer. */
function answersIn(received: string): readonly Answer[] {
  return received
    .split(/(?=^HTTP\/1\.1 \d{3} )/mu)
    .filter((text) => text !== "")
    .map((text) => {
      const end = text.indexOf("\r\n\r\n");
      return { status: Number(text.slice(9, 12)), head: text.slice(0, end), body: text.slice(end + 4) };
    });
}

/** Whether the last answer has arrived as far as its length says. */
function isWhole(received: string): boolean {
  const last = answersIn(received).at(-1);
  if (last === undefined || last.status === 100) return false;
  const length = /^content-length: (\d+)/imu.exec(last.head)?.[1];
  // An answer to HEAD has a length and no body; silence tells that it is over.
  return length === undefined ? last.body.endsWith("0\r\n\r\n") : last.body === "" || last.body.length >= Number(length);
}
