import { describe, expect, it } from "vitest";
import { describeScheduler } from "../testing/describe-scheduler.js";
import { levelWalk } from "./level-walk.js";
import { linearBetaSchedule } from "./noise-schedule.js";

const falling = [901, 500, 3, 0];
const travelling = [901, 500, 100, 300, 600, 100, 0];

describeScheduler("level walk", () => levelWalk(() => falling, { maxSteps: () => 3, travels: false }));
describeScheduler("level walk with time travel", () => levelWalk(() => travelling, { maxSteps: () => 4 }));

describe("level walk", () => {
  it("makes one journey of a rise over several levels", () => {
    const scheduler = levelWalk(() => travelling, { maxSteps: () => 4 });
    const { from, state } = scheduler.start(linearBetaSchedule());
    const first = scheduler.decide({ number: 0, from, observed: {} }, state);
    const second = scheduler.decide({ number: 1, from: 500, observed: {} }, first.state);
    const third = scheduler.decide({ number: 2, from: 600, observed: {} }, second.state);
    expect([first, second, third].map(({ decision }) => decision)).toEqual([
      { kind: "step", to: 500 },
      { kind: "step", to: 100, travelTo: 600 },
      { kind: "step", to: 100 },
    ]);
  });
});
