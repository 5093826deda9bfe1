import { failureFrom, RequestFailed } from "../api/failure.js";
import { defined } from "../api/records.js";
import type { Service } from "../api/service.js";
import type { Restoration } from "../api/views.js";
import { Store } from "../parts/store.js";
import { afterEvent, idle, isOver, type Outcome, type RunState } from "./run-state.js";

/** Milliseconds before a stream that broke is opened again; doubled each time. */
const firstPause = 500;
const longestPause = 8000;

/** The one restoration that this page follows. */
export class RunStore extends Store<RunState> {
  /** Ends what goes on at the moment. */
  #current = new AbortController();

  constructor(
    private readonly service: Pick<Service, "submit" | "events" | "remove" | "picture" | "report" | "pipeline" | "uncertainty">,
    /** Told which restoration is followed, so that it is found again after a reload. */
    private readonly remember: (id: string | undefined) => void,
  ) {
    super(idle);
  }

  /** Sends a form, and follows what becomes of it. @returns whether it was accepted */
  async start(form: FormData): Promise<boolean> {
    const signal = this.#begin({ ...idle, phase: "sending" });
    try {
      const restoration = await this.service.submit(form, signal);
      if (signal.aborted) return false;
      this.remember(restoration.id);
      this.set({ ...idle, phase: "following", restoration });
      void this.#follow(restoration.id, signal);
      return true;
    } catch (error) {
      if (!signal.aborted) this.set({ ...idle, failure: failureFrom(error) });
      return false;
    }
  }

  /** Follows a restoration that was started before. */
  async resume(id: string): Promise<void> {
    await this.#follow(id, this.#begin({ ...idle, phase: "following" }));
  }

  /** Stops sending, or cancels the restoration. */
  async cancel(): Promise<void> {
    const { restoration, phase } = this.value;
    if (phase === "sending") {
      this.clear();
      return;
    }
    if (restoration === undefined || isOver(restoration)) return;
    try {
      // Its stream of events tells what becomes of it.
      await this.service.remove(restoration.id);
    } catch (error) {
      this.update((state) => ({ ...state, failure: failureFrom(error) }));
    }
  }

  /** Lets the restoration go; the service forgets a result after its own time. */
  clear(): void {
    this.#begin(idle);
    this.remember(undefined);
  }

  #begin(state: RunState): AbortSignal {
    this.#current.abort();
    this.#current = new AbortController();
    const { outcome } = this.value;
    if (outcome !== undefined) for (const url of [outcome.picture, outcome.uncertainty?.picture]) if (url) URL.revokeObjectURL(url);
    this.set(state);
    return this.#current.signal;
  }

  /** Reads the events until it is over, however often the connection breaks. */
  async #follow(id: string, signal: AbortSignal): Promise<void> {
    for (let pause = firstPause; !(await this.#followOnce(id, signal)); pause = Math.min(longestPause, 2 * pause)) {
      this.update((state) => ({ ...state, lost: true }));
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (signal.aborted) return;
    }
  }

  /** Reads the events of one connection. @returns whether nothing more is to be expected */
  async #followOnce(id: string, signal: AbortSignal): Promise<boolean> {
    try {
      for await (const event of this.service.events(id, signal)) {
        if (signal.aborted) return true;
        this.update((state) => afterEvent(state, event));
      }
      const { restoration } = this.value;
      if (restoration === undefined || !isOver(restoration)) return signal.aborted;
      await this.#finish(restoration, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      if (!(error instanceof RequestFailed) || error.failure.status === 0 || error.failure.status >= 500) return false;
      this.update((state) => ({ ...state, phase: "over", failure: error.failure }));
      // What is gone is not looked for again after the next reload; a key may still be missing.
      if (error.failure.status === 404) this.remember(undefined);
      return true;
    }
  }

  async #finish(restoration: Restoration, signal: AbortSignal): Promise<void> {
    const failed = defined({ failure: restoration.error });
    const outcome = restoration.state === "completed" ? await this.#outcome(restoration) : undefined;
    if (signal.aborted) return;
    this.update((state) => ({ ...state, phase: "over", ...failed, ...defined({ outcome }) }));
  }

  async #outcome({ id, uncertainty }: Restoration): Promise<Outcome> {
    const [picture, report, pipeline, map] = await Promise.all([
      this.service.picture(id),
      this.service.report(id),
      this.service.pipeline(id),
      uncertainty ? this.service.uncertainty(id) : undefined,
    ]);
    return {
      picture: URL.createObjectURL(picture),
      report,
      pipeline,
      ...(map === undefined ? {} : { uncertainty: { picture: URL.createObjectURL(map.picture), largest: map.largest } }),
    };
  }
}
