import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@leader/queue/testing";
import { mustRun } from "../packed/run.js";

const ours = ["@leader/*", "leader-restore", "create-leader-plugin"];

/** A registry on the loopback interface: our packages are its own, all others come from the registry behind it. */
export class Registry implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(
    readonly url: string,
    child: ChildProcess,
  ) {
    this.#child = child;
  }

  /** @param entry of verdaccio. @param place for what it stores. @param behind where all other packages come from */
  static async start(entry: string, place: string, behind: string): Promise<Registry> {
    mkdirSync(place, { recursive: true });
    const port = await freePort();
    const own = Object.fromEntries(ours.map((name) => [name, { access: "$all", publish: "$all", unpublish: "$all" }]));
    const config = {
      storage: "./storage",
      auth: { htpasswd: { file: "./htpasswd" } },
      uplinks: { behind: { url: behind, maxage: "1d", timeout: "120s" } },
      packages: { ...own, "**": { access: "$all", proxy: "behind" } },
      max_body_size: "200mb",
      log: { type: "stdout", level: "error" },
    };
    // JSON is YAML.
    writeFileSync(join(place, "config.yaml"), JSON.stringify(config));
    const url = `http://127.0.0.1:${port}/`;
    const child = spawn(process.execPath, [entry, "--config", join(place, "config.yaml"), "--listen", url], {
      stdio: "ignore",
      cwd: place,
    });
    const registry = new Registry(url, child);
    await registry.#answers();
    return registry;
  }

  /** Lines of an .npmrc that make npm and pnpm use it; it takes any token. */
  get npmrc(): string {
    return `registry=${this.url}\n//${this.url.slice("http://".length)}:_authToken=anyone\naudit=false\nfund=false\n`;
  }

  /** Publishes folders beside each other as they are, by one npm: starting one for each takes most of the time. */
  publish(place: string, names: readonly string[]): void {
    writeFileSync(join(place, "package.json"), JSON.stringify({ name: "published-here", private: true, workspaces: ["*"] }));
    writeFileSync(join(place, ".npmrc"), this.npmrc);
    mustRun(place, "npm", ["publish", "--ignore-scripts", ...names.flatMap((name) => ["--workspace", name])]);
  }

  async #answers(): Promise<void> {
    for (let tries = 0; tries < 240; tries++) {
      if (this.#child.exitCode !== null) throw new Error(`the registry ended with exit code ${this.#child.exitCode}`);
      const answer = await fetch(`${this.url}-/ping`).catch(() => undefined);
      if (answer?.ok === true) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error("the registry did not answer in two minutes");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.kill();
    await ended;
  }
}
