import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What came back on a connection: the status of the first answer, and everything as text. */
export interface RawAnswer {
  /** 0 if the connection was closed without an answer. */
  readonly status: number;
  readonly text: string;
}

/** Writes bytes as they are to a new connection; nothing checks them on this side. */
export async function rawRequest(url: string, parts: readonly (string | Buffer)[], pauseMs = 0): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  const over = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      if (isWhole(Buffer.concat(chunks).toString("latin1"))) resolve();
    });
    socket.on("close", () => resolve());
    socket.on("error", () => resolve());
  });
  try {
    for (const part of parts) {
      if (socket.destroyed) break;
      socket.write(part);
      if (pauseMs > 0) await Promise.race([sleep(pauseMs), over]);
    }
    await Promise.race([over, sleep(10_000)]);
  } finally {
    socket.destroy();
  }
  const text = Buffer.concat(chunks).toString("latin1");
  return { status: Number(/^HTTP\/1\.1 (\d{3})/u.exec(text)?.[1] ?? 0), text };
}

/** Whether an answer has arrived as far as its length says. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /^content-length: (\d+)/imu.exec(text.slice(0, end))?.[1];
  return length !== undefined && text.length >= end + 4 + Number(length);
}
