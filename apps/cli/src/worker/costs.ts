import type { RestoreResult, RestoreSeconds } from "leader-restore";

const parts = ["load", "compile", "sampling", "network", "update"] as const satisfies readonly (keyof RestoreSeconds)[];

/** What the restorations of one input took together. */
export class Costs {
  #evaluations = 0;
  readonly #seconds = { load: 0, compile: 0, sampling: 0, network: 0, update: 0 };

  add({ evaluations, seconds }: Pick<RestoreResult, "evaluations" | "seconds">): void {
    this.#evaluations += evaluations;
    for (const part of parts) this.#seconds[part] += seconds[part];
  }

  get all(): Pick<RestoreResult, "evaluations" | "seconds"> {
    return { evaluations: this.#evaluations, seconds: { ...this.#seconds } };
  }
}
