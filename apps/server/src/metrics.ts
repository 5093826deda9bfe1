import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { JobStore } from "./jobs/job-store.js";
import type { Runner } from "./jobs/runner.js";
import type { Job } from "./jobs/job.js";

/** What the service counts, in the format of Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #ended = new Counter({
    name: "leader_restorations_total",
    help: "restorations that are over, by how they ended",
    labelNames: ["state"],
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: "leader_restoration_seconds",
    help: "seconds of completed restorations, from the beginning of the work to its end",
    buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000],
    registers: [this.#registry],
  });
  readonly #waited = new Histogram({
    name: "leader_queue_seconds",
    help: "seconds that restorations waited for their turn",
    buckets: [0.01, 0.1, 1, 10, 100, 1000],
    registers: [this.#registry],
  });
  readonly #responses = new Counter({
    name: "leader_responses_total",
    help: "answers, by route and status",
    labelNames: ["method", "route", "status"],
    registers: [this.#registry],
  });

  constructor(runner: Runner, store: JobStore) {
    collectDefaultMetrics({ register: this.#registry });
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read());
        },
      });
    };
    gauge("leader_running", "restorations that are computed now", () => runner.running);
    gauge("leader_waiting", "restorations that wait", () => runner.waiting);
    gauge("leader_store_bytes", "bytes of pictures that wait and results that are kept", () => store.bytes);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  over(job: Job): void {
    this.#ended.inc({ state: job.state });
    if (job.started === undefined) return;
    this.#waited.observe((job.started - job.created) / 1000);
    if (job.state === "completed") this.#seconds.observe((job.ended! - job.started) / 1000);
  }

  /** @param route its pattern, not the address: the number of labels stays small. */
  answered(method: string, route: string, status: number): void {
    this.#responses.inc({ method, route, status });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
