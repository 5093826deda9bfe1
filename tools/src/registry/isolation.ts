import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "./managers/index.js";
import { run } from "../packed/run.js";

/** A host that onnxruntime-node's own install script asks for CUDA libraries. */
const elsewhere = "https://api.nuget.org/v3/index.json";

/**
 * An environment in which nothing but this machine, and so the registry on it, can be reached: Node processes by a module that is
 * loaded into each, other programs by a proxy that is not there.
 */
export class Isolation {
  readonly #asked: string;
  readonly environment: Environment;

  constructor(place: string) {
    this.#asked = join(place, "asked-for");
    const dead = "http://127.0.0.1:9";
    this.environment = {
      NODE_OPTIONS: `--import=${new URL("only-loopback.js", import.meta.url).href}`,
      LEADER_ROUND_ASKED: this.#asked,
      ...Object.fromEntries(["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map((name) => [name, dead])),
      ...Object.fromEntries(["NO_PROXY", "no_proxy"].map((name) => [name, "127.0.0.1,localhost"])),
    };
  }

  /** Other hosts that were asked for since this was last called. */
  askedFor(): readonly string[] {
    if (!existsSync(this.#asked)) return [];
    const hosts = readFileSync(this.#asked, "utf8").trim().split("\n");
    rmSync(this.#asked);
    return [...new Set(hosts)];
  }

  /** @throws Error if something else than this machine can be reached, by a name or by an address */
  check(folder: string): void {
    for (const address of [elsewhere, "http://192.0.2.1/"]) {
      const { output } = run(
        folder,
        process.execPath,
        ["-e", `fetch("${address}").catch((e) => console.log(e.cause.code))`],
        this.environment,
      );
      const { hostname } = new URL(address);
      if (output.trim() !== "ENOTFOUND" || this.askedFor().join() !== hostname) throw new Error(`${hostname} is not kept away: ${output}`);
    }
  }
}
