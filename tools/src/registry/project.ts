import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Isolation } from "./isolation.js";
import type { Manager } from "./managers/index.js";
import type { Registry } from "./registry.js";
import { baseline, core } from "./rounds.js";
import type { StagedPackages } from "../packed/staged.js";

/** A new project of a user, beside nothing of ours. */
export class Project {
  constructor(
    private readonly place: string,
    private readonly manager: Manager,
    private readonly registry: Registry,
    private readonly isolation: Isolation,
  ) {}

  /**
   * Installs the command line alone, then library and a baseline beside it, looks at what came, and restores a picture.
   * @returns what was found, as a line
   * @throws Error with what is not as it must be
   */
  prove(staged: StagedPackages): string {
    const alone = this.#install("cli", { "@leader/cli": "latest" });
    const { packages, bytes } = this.manager.installed(this.#folder("cli"));
    const beside = this.#install("project", {
      "@leader/cli": "latest",
      "leader-restore": "latest",
      [baseline]: "latest",
      [core]: "latest",
    });
    for (const name of [core, baseline]) this.#expectOne(name, staged.version(name));
    const seconds = this.#restore();
    const asked = this.isolation.askedFor();
    const others = asked.length === 0 ? "" : `, asked in vain for ${asked.join(", ")}`;
    return [
      `one ${core} ${staged.version(core)}`,
      `restored in ${seconds.toFixed(1)} s`,
      `command line alone ${(bytes / 1e6).toFixed(0)} MB in ${packages.length} packages, installed in ${alone.toFixed(0)} s`,
      `with library ${beside.toFixed(0)} s${others}`,
    ].join("; ");
  }

  remove(): void {
    rmSync(this.place, { recursive: true, force: true });
  }

  #folder(name: "cli" | "project"): string {
    return join(this.place, name);
  }

  #install(name: "cli" | "project", dependencies: Readonly<Record<string, string>>): number {
    const folder = this.#folder(name);
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "a-project", private: true, type: "module", dependencies }));
    const { status, output, seconds } = this.manager.install(folder, this.registry, this.isolation.environment);
    const asked = this.isolation.askedFor();
    if (status !== 0)
      throw new Error(`the installation failed, having asked for ${asked.join(", ") || "nothing"}:\n${output.slice(-3000)}`);
    if (asked.length > 0) throw new Error(`the installation asked for ${asked.join(", ")}`);
    return seconds;
  }

  #expectOne(name: string, version: string): void {
    const copies = this.manager.installed(this.#folder("project")).packages.filter((one) => one.name === name);
    const found = copies.map((copy) => copy.version).join(", ");
    if (found !== version) throw new Error(`expected one copy of ${name}, ${version}; found ${found || "none"}`);
  }

  #restore(): number {
    const folder = this.#folder("project");
    const leader = (...args: readonly string[]): string => this.manager.bin(folder, ["leader", ...args], this.isolation.environment);
    leader("sample", "picture.png", "--size", "48");
    const start = Date.now();
    leader("denoise", "picture.png", "--noise", "0.1", "--quality", "draft", "-o", "restored.png");
    if (!existsSync(join(folder, "restored.png"))) throw new Error("no picture was restored");
    return (Date.now() - start) / 1000;
  }
}
