import { expect, it } from "vitest";
import type { UpdateRule } from "../src/contract/baseline.js";
import type { PriorModulator } from "../src/contract/modulator.js";
import type { StepScheduler } from "../src/contract/scheduler.js";
import type { RunSnapshot } from "../src/engine/snapshot.js";
import { toEngineNoise, unitRangeNoise } from "../src/units.js";
import { ddim, image, sample, stages } from "./sampler-fixture.js";

/** Proposes what the state says, which differs from run to run. */
const proposing: PriorModulator = {
  needsUncertainty: false,
  proposesFreshShare: true,
  init: () => ({}),
  modulate: (ctx, { x, prior }, state) => ({ prior, state, freshShare: ctx.ofPicture("freshShare", x.square().mean().div(100)) }),
};

/** Draws the proposed share of the noise of a step afresh. */
const sharing: UpdateRule = {
  init: (ctx) => ({ x: ctx.noise("init", image), state: {} }),
  step(ctx, { prior, to, freshShare }, state) {
    ctx.observe("drawn", freshShare!);
    const noise = prior.epsilon.add(ctx.noise("z", prior.x0).mul(freshShare!));
    return { x: prior.x0.mul(to.sqrtAlphaBar).add(noise.mul(to.sqrtOneMinusAlphaBar)), state };
  },
};

/** Takes steps by what was observed. */
const adaptive: StepScheduler<number> = {
  observes: [],
  maxSteps: () => 6,
  start: () => ({ from: 900, state: 0 }),
  decide: ({ number, observed }, state) => ({
    decision: { kind: "step", to: number === 5 ? 0 : 900 - 150 * number - Math.round(100 * Math.abs(observed["seen"]!)) },
    state,
  }),
};

/** Lets the scheduler see a number of the state. */
const guided: UpdateRule = {
  ...sharing,
  guide(ctx, { x }) {
    ctx.observe("seen", x.mean().abs().minimum(1));
    return {};
  },
};

const shares = (result: Awaited<ReturnType<typeof sample>>, name = "freshShare") => result.steps.map(({ observed }) => observed[name]);

it("takes the steps and the shares of fresh noise of the run that it follows, and its own without one", async () => {
  const parts = stages({ baseline: guided, modulator: proposing, scheduler: adaptive });
  const leader = await sample(parts);
  const own = await sample(parts, { seed: 1 });
  const follower = await sample(parts, { seed: 1, follows: leader.steps });
  expect(new Set(shares(leader)).size).toBe(leader.steps.length);
  expect(shares(own)).not.toEqual(shares(leader));
  expect(shares(follower)).toEqual(shares(leader));
  expect(shares(follower, "drawn")).toEqual(shares(leader));
  expect(own.steps.map(({ decision }) => decision)).not.toEqual(leader.steps.map(({ decision }) => decision));
  expect(follower.steps.map(({ decision }) => decision)).toEqual(leader.steps.map(({ decision }) => decision));
  expect(follower.x.data).not.toEqual(leader.x.data);
});

it("goes on following after it was resumed, to the bits", async () => {
  const parts = stages({ baseline: guided, modulator: proposing, scheduler: adaptive });
  const { steps } = await sample(parts);
  const kept: RunSnapshot[] = [];
  const keep = (snapshot: RunSnapshot): Promise<void> => Promise.resolve(void kept.push(snapshot));
  const whole = await sample(parts, { seed: 1, follows: steps, snapshots: { due: () => true, keep } });
  expect(kept.length).toBeGreaterThan(3);
  for (const resume of kept) {
    const rest = await sample(parts, { seed: 1, follows: steps, resume });
    expect(rest.x.data).toEqual(whole.x.data);
    expect(rest.steps).toEqual(whole.steps);
  }
});

it("follows the steps of a run that has no shares", async () => {
  const parts = stages({ baseline: { ...ddim, guide: guided.guide! }, scheduler: adaptive });
  const leader = await sample(parts);
  const follower = await sample(parts, { seed: 1, follows: leader.steps });
  expect(shares(leader)).toEqual(leader.steps.map(() => undefined));
  expect(follower.steps.map(({ decision }) => decision)).toEqual(leader.steps.map(({ decision }) => decision));
});

it("shows the scheduler the noise and what is measured, and begins where the run began that it follows", async () => {
  const given: unknown[] = [];
  const scheduler: StepScheduler<number> = {
    ...adaptive,
    start(_schedule, sigmaY, operator) {
      given.push([sigmaY, operator?.name]);
      return { from: operator === undefined ? 950 : 900, state: 0 };
    },
  };
  const parts = stages({ baseline: guided, modulator: proposing, scheduler });
  const { operator } = parts;
  const leader = await sample(parts, { operator, sigmaY: toEngineNoise(unitRangeNoise(0.1)) });
  expect(leader.steps[0]!.from).toBe(900);
  const follower = await sample(parts, { seed: 1, follows: leader.steps });
  expect(follower.steps.map(({ from }) => from)).toEqual(leader.steps.map(({ from }) => from));
  expect((await sample(parts, { seed: 1 })).steps[0]!.from).toBe(950);
  expect(given).toEqual([
    [0.2, "identity"],
    [0, undefined],
    [0, undefined],
  ]);
});
