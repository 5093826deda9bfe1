import { defined, type HostTensor } from "@leader/graph";
import type { PipelineEventBody } from "../contract/events.js";
import type { LinearOperator } from "../contract/operator.js";
import type { Decision, StepScheduler } from "../contract/scheduler.js";
import type { NoiseSchedule } from "../contract/denoiser.js";
import { errors } from "../error-codes.js";
import { levelScalars } from "../schedule/noise-schedule.js";
import type { EngineNoise } from "../units.js";
import type { CompiledPhase, CompiledSampler } from "./compile-sampler.js";
import { DeviceStore, Shared } from "./device-store.js";
import { immediateNoise, type NoiseRequest, type NoiseSource } from "./noise-source.js";
import type { Phase, PhaseName } from "./phase.js";
import { putBack, tensorsOf, type RunSnapshot, type SnapshotKeeper } from "./snapshot.js";
import type { StepRecord } from "./step-record.js";
import { levelFields, notLed } from "./trace-context.js";
import { isNamed, ownName, valueName } from "./value-names.js";

export interface SamplerRun {
  readonly schedule: NoiseSchedule;
  readonly scheduler: StepScheduler;
  /** That of the sampler, which a scheduler may look at. */
  readonly operator?: LinearOperator;
  /** The measurement, in the range of the operator, engine units. */
  readonly y: HostTensor;
  readonly sigmaY: EngineNoise;
  readonly seed: number;
  /** Number of the (first) image within a batch job; part of the noise key. Default 0. */
  readonly firstImage?: number;
  readonly noise?: NoiseSource;
  readonly signal?: AbortSignal;
  readonly emit?: (event: PipelineEventBody) => void;
  /** Called with the posterior mean after the prediction of every `every`-th step, and waited for. */
  readonly preview?: { readonly every: number; show(x0: HostTensor, step: number): unknown };
  /** Called with named values of every step, and waited for; for reports and tests: `x`, `prior.x0`, `prior.uncertainty`, ... */
  readonly inspect?: { readonly names: readonly string[]; see(step: number, values: ReadonlyMap<string, HostTensor>): unknown };
  /** Keeps what the run is between steps, so that it can go on elsewhere. */
  readonly snapshots?: SnapshotKeeper;
  /** Take the decisions of another run, step by step, and what it said about the picture (`StepContext.ofPicture`). */
  readonly follows?: readonly StepRecord[];
  /** Go on from here, of a run with the same sampler, measurement, seed and noise. */
  readonly resume?: RunSnapshot;
}

export interface SamplerResult {
  /** The restored image at the clean level, or the last state if the scheduler stopped early. */
  readonly x: HostTensor;
  readonly outcome: "completed" | "stopped";
  readonly reason: string;
  readonly evaluations: number;
  readonly steps: readonly StepRecord[];
}

/**
 * The sampling loop: predict, decide, update, until the clean level. Tensors stay on the device; only observed
 * scalars come back each step.
 * Errors: NaN or infinity from a stage (at the step where it appears), an invalid decision, cancellation.
 */
export async function runSampler(sampler: CompiledSampler, run: SamplerRun): Promise<SamplerResult> {
  using store = new DeviceStore();
  const loop = new Loop(sampler, run, store);
  return await loop.run();
}

class Loop {
  readonly #sampler: CompiledSampler;
  readonly #run: SamplerRun;
  readonly #store: DeviceStore;
  readonly #steps: StepRecord[] = [];
  #evaluations = 0;

  constructor(sampler: CompiledSampler, run: SamplerRun, store: DeviceStore) {
    this.#sampler = sampler;
    this.#run = run;
    this.#store = store;
  }

  async run(): Promise<SamplerResult> {
    const { scheduler, follows } = this.#run;
    const started = await this.#start();
    let { from, state } = started;
    for (let { step } = started; from > 0; step++) {
      await this.#breathe(step);
      if (step > started.step) await this.#keep(step, from, state);
      this.#emit({ type: "step-start", step, from, sigma: levelScalars(this.#run.schedule, from).sigma });
      const observed = await this.#predict(step, from);
      const followed = follows?.[step];
      const decided = followed === undefined ? scheduler.decide({ number: step, from, observed }, state) : { ...followed, state };
      state = decided.state;
      const { decision } = decided;
      this.#check(decision, from, step);
      this.#emit({ type: "schedule-decision", step, from, decision });
      if (decision.kind === "stop") {
        this.#steps.push({ step, from, decision, observed });
        return await this.#finish("stopped", decision.reason);
      }
      const all = { ...observed, ...(await this.#update(step, from, decision)) };
      this.#steps.push({ step, from, decision, observed: all });
      this.#emit({ type: "step-end", step, evaluations: this.#evaluations, observed: all });
      from = decision.travelTo ?? decision.to;
      this.#arrive();
    }
    return await this.#finish("completed", "reached the clean level");
  }

  /** The first state, or the one to go on from. */
  async #start(): Promise<Pick<RunSnapshot, "step" | "from" | "state">> {
    const { resume, scheduler, schedule, sigmaY, operator, follows } = this.#run;
    // Whoever takes the decisions of another run begins where that did.
    const from = defined({ from: follows?.[0]?.from });
    const started = resume ?? { step: 0, ...scheduler.start(schedule, sigmaY, operator), ...from };
    await this.#upload("y", this.#run.y);
    await this.#uploadScalar("sigmaY", this.#run.sigmaY);
    await this.#setLevel("from", started.from);
    for (const name of this.#sampler.start) {
      if (resume === undefined || name !== "init") await this.#runPhase(name, 0, started.from);
    }
    if (resume === undefined) return started;
    await putBack(this.#store, this.#sampler, resume.tensors);
    this.#steps.push(...resume.steps);
    this.#evaluations = resume.evaluations;
    return started;
  }

  async #keep(step: number, from: number, state: unknown): Promise<void> {
    const { snapshots } = this.#run;
    if (snapshots === undefined || !snapshots.due()) return;
    const tensors = await tensorsOf(this.#store, this.#sampler);
    await snapshots.keep({ step, from, state, evaluations: this.#evaluations, steps: [...this.#steps], tensors });
  }

  async #predict(step: number, from: number): Promise<Readonly<Record<string, number>>> {
    await this.#prefetch(step, "update");
    const phase = step % this.#sampler.every === 0 ? "predict" : "between";
    const observed = await this.#repeat(step, from, await this.#runPhase(phase, step, from));
    const { preview } = this.#run;
    if (preview !== undefined && step % preview.every === 0)
      await preview.show(await this.#store.get(valueName("prior", "x0")).tensor.read(), step);
    return observed;
  }

  /** The inner loop of a step; the last of its observations count. */
  async #repeat(step: number, from: number, first: Readonly<Record<string, number>>): Promise<Readonly<Record<string, number>>> {
    const { inner } = this.#sampler;
    if (inner === undefined) return first;
    const { most, until } = inner;
    let observed = first;
    for (let round = 1; round < most && (until === undefined || !(observed[until]! > 0)); round++) {
      await this.#breathe(step);
      const moved = await this.#runPhase("advance", step, from, round);
      observed = { ...observed, ...moved, ...(await this.#runPhase("again", step, from, round)) };
    }
    return observed;
  }

  async #update(step: number, from: number, decision: Extract<Decision, { kind: "step" }>): Promise<Readonly<Record<string, number>>> {
    await this.#setLevel("to", decision.to);
    const observed = await this.#runPhase("update", step, from);
    await this.#inspect(step);
    this.#store.delete((name) => isNamed(name, "prior", "guidance", "common"));
    if (decision.travelTo === undefined) return observed;
    this.#arrive();
    await this.#setLevel("to", decision.travelTo);
    return { ...observed, ...(await this.#runPhase("travel", step, decision.to)) };
  }

  /** Runs one phase on the named values and stores its results; returns what it observed. */
  async #runPhase(name: PhaseName, step: number, level: number, round = 0): Promise<Readonly<Record<string, number>>> {
    const compiled = await this.#sampler.phase(name);
    const { phase, executable } = compiled;
    await this.#follow(phase, step);
    const draws = await this.#draw(compiled, name === "init" ? 0 : step + 1, round);
    try {
      const inputs = phase.inputs.map((input) => draws.get(input) ?? this.#store.get(input));
      const outputs = (await executable.run(inputs.map((input) => input.tensor))).map((tensor) => new Shared(tensor).acquire());
      try {
        for (const [result, source] of phase.results) {
          this.#store.set(
            result,
            source.from === "output" ? outputs[source.index]! : (draws.get(source.name) ?? this.#store.get(source.name)),
          );
        }
      } finally {
        for (const output of outputs) output.release();
      }
    } finally {
      for (const drawn of draws.values()) drawn.release();
    }
    this.#evaluations += phase.evaluations;
    return await this.#observe(compiled, step, level);
  }

  async #observe({ phase }: CompiledPhase, step: number, level: number): Promise<Readonly<Record<string, number>>> {
    if (phase.observed.length === 0) return {};
    const { data } = await this.#store.get("observed").tensor.read();
    this.#store.delete((name) => name === "observed");
    const entries = phase.observed.map((name, i) => [name, data[i]!] as const);
    for (const [name, value] of entries) {
      if (isNamed(name, "finite") && value !== 1) throw errors.STAGE_NOT_FINITE({ stage: ownName("finite", name), step, level });
    }
    return Object.fromEntries(entries.filter(([name]) => !isNamed(name, "finite")));
  }

  /** Rounds of an inner loop draw under names of their own: `noise:z@2`. */
  async #draw({ phase }: CompiledPhase, step: number, round: number): Promise<ReadonlyMap<string, Shared>> {
    const draws = new Map<string, Shared>();
    for (const request of this.#requests(phase, step)) {
      const named = round === 0 ? request : { ...request, input: `${request.input}@${round}` };
      const drawn = await (this.#run.noise ?? immediateNoise).draw(named);
      draws.set(request.input, new Shared(await this.#sampler.backend.upload(drawn)).acquire());
    }
    return draws;
  }

  /** Announces the draws of this step's `name` phase before the network runs, so that a host can prepare them meanwhile. */
  async #prefetch(step: number, name: PhaseName): Promise<void> {
    if (this.#run.noise?.prefetch === undefined) return;
    const { phase } = await this.#sampler.phase(name);
    this.#run.noise.prefetch(this.#requests(phase, step + 1));
  }

  #requests(phase: Phase, step: number): readonly NoiseRequest[] {
    const { seed, firstImage = 0, y } = this.#run;
    const batch = y.shape[0] ?? 1;
    return phase.draws.map((p) => ({ seed, firstImage, batch, step, input: p.name, shape: p.aval.shape }));
  }

  async #setLevel(which: "from" | "to", index: number): Promise<void> {
    const scalars = levelScalars(this.#run.schedule, index);
    for (const field of levelFields) await this.#uploadScalar(valueName(which, field), scalars[field]);
  }

  /** The level that was gone to is the one to go from: its scalars lie on the device already. */
  #arrive(): void {
    for (const field of levelFields) this.#store.set(valueName("from", field), this.#store.get(valueName("to", field)));
  }

  /** What the run that is followed said about the picture in a step. */
  async #follow({ inputs }: Phase, step: number): Promise<void> {
    const led = this.#run.follows?.[step]?.observed;
    for (const name of inputs) {
      if (isNamed(name, "led") && (led !== undefined || !this.#store.has(name)))
        await this.#uploadScalar(name, led?.[ownName("led", name)] ?? notLed);
    }
  }

  async #uploadScalar(name: string, value: number): Promise<void> {
    await this.#upload(name, { shape: [], dtype: "float32", data: Float32Array.of(value) });
  }

  async #upload(name: string, value: HostTensor): Promise<void> {
    this.#store.set(name, new Shared(await this.#sampler.backend.upload(value)));
  }

  async #inspect(step: number): Promise<void> {
    const { inspect } = this.#run;
    if (inspect === undefined) return;
    const values = new Map<string, HostTensor>();
    for (const name of inspect.names) if (this.#store.has(name)) values.set(name, await this.#store.get(name).tensor.read());
    await inspect.see(step, values);
  }

  async #finish(outcome: "completed" | "stopped", reason: string): Promise<SamplerResult> {
    const x = await this.#store.get("x").tensor.read();
    return { x, outcome, reason, evaluations: this.#evaluations, steps: this.#steps };
  }

  #check(decision: Decision, from: number, step: number): void {
    if (decision.kind === "stop") return;
    const most = this.#run.scheduler.maxSteps(this.#run.schedule);
    const { to, travelTo } = decision;
    const text = `${from} -> ${to}${travelTo === undefined ? "" : `, then back to ${travelTo}`} at step ${step}`;
    if (!Number.isInteger(to) || to < 0 || to >= from)
      throw errors.SCHEDULE_INVALID({ decision: text, problem: "the target must be a cleaner level" });
    if (travelTo !== undefined && this.#run.scheduler.travels === false) {
      throw errors.SCHEDULE_INVALID({ decision: text, problem: "it said that it never travels in time" });
    }
    if (travelTo !== undefined && !(Number.isInteger(travelTo) && travelTo > to && travelTo < this.#run.schedule.length)) {
      throw errors.SCHEDULE_INVALID({ decision: text, problem: "time travel must go to a noisier level of the schedule" });
    }
    if (step >= most) throw errors.SCHEDULE_INVALID({ decision: text, problem: `it promised at most ${most} steps` });
  }

  /** Lets timers and signals be handled between steps, and stops here if the run was cancelled. */
  async #breathe(step: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#run.signal?.aborted === true) throw errors.ABORTED({ step });
  }

  #emit(event: PipelineEventBody): void {
    this.#run.emit?.(event);
  }
}
