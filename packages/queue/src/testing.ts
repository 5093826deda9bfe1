import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why there is no Redis program here, or undefined if there is one. */
export const noRedis: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "redis-server is not installed (Debian: apt-get install redis-server)";

/** A Redis of the test's own, on loopback, that keeps what it has across restarts. */
export class RedisServer implements AsyncDisposable {
  readonly address: string;
  readonly #port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.#port = port;
    this.#folder = folder;
    this.address = `redis://127.0.0.1:${port}`;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), "leader-redis-")));
    await server.#begin();
    return server;
  }

  /** Kills it as a failing machine would, and starts it again on what its log kept. */
  async restart(): Promise<void> {
    await this.#end("SIGKILL");
    await this.#begin();
  }

  /** Kills it, and leaves it so. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGTERM");
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #begin(): Promise<void> {
    const options = ["--port", String(this.#port), "--bind", "127.0.0.1", "--dir", this.#folder];
    const kept = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"];
    const child = spawn("redis-server", [...options, ...kept], { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    let text = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      text += String(chunk);
      if (text.includes("Ready to accept connections")) break;
    }
    if (child.exitCode !== null) throw new Error(`redis-server ended: ${text}`);
    child.stdout.resume();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
}

/** A port of this machine that nobody listens at now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
