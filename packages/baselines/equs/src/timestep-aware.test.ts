import { linearBetaSchedule } from "@leader/core";
import { describeScheduler } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { timestepAwareScheduler } from "./timestep-aware.js";

describeScheduler("timestep-aware", () => timestepAwareScheduler({ steps: 100 }));
describeScheduler("timestep-aware, few steps", () => timestepAwareScheduler({ steps: 5 }));

describe("timestep-aware", () => {
  it("visits the published timesteps, repetitions once", () => {
    const { state } = timestepAwareScheduler({ steps: 100 }).start(linearBetaSchedule());
    const timesteps = state.levels.map((level) => level - 1);
    expect(timesteps.slice(0, 10)).toEqual([998, 978, 959, 939, 919, 900, 881, 862, 844, 825]);
    expect(timesteps.slice(-9)).toEqual([10, 8, 6, 4, 3, 2, 1, 0, -1]);
    expect(timesteps).toHaveLength(98);
  });
});
