import type { Output } from "../render/output.js";
import type { UnitRecord } from "./unit.js";

/** Tells every unit that is done. */
export class Counter {
  readonly #output: Output;
  readonly #total: number;
  #done: number;

  constructor(output: Output, done: number, total: number) {
    this.#output = output;
    this.#done = done;
    this.#total = total;
    if (done > 0) process.stderr.write(`${done} of ${total} units are done already\n`);
  }

  count(record: UnitRecord): void {
    this.#done++;
    this.#output.record(record);
    const { task, method, image, seed } = record;
    const result =
      record.status === "ok"
        ? `${Object.entries(record.metrics)
            .map(([name, { value }]) => `${name} ${value.toPrecision(4)}`)
            .join(", ")}, ${record.evaluations} evaluations, ${record.seconds.sampling.toFixed(2)} s`
        : `failed: ${record.error.code}: ${record.error.message}`;
    process.stderr.write(`[${this.#done}/${this.#total}] ${task} ${method} ${image} seed ${seed}: ${result}\n`);
  }
}
