import { describe, expect, it } from "vitest";
import type { RunSnapshot } from "../src/engine/snapshot.js";
import { sample, stages } from "./sampler-fixture.js";

describe("a snapshot", () => {
  it("goes on to the bits, steps and evaluations of a run that never stopped, from every step", async () => {
    const kept: RunSnapshot[] = [];
    const whole = await sample(stages(), {
      snapshots: { due: () => true, keep: (snapshot) => Promise.resolve(void kept.push(snapshot)) },
    });
    expect(kept.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    for (const resume of kept) {
      const began: number[] = [];
      const rest = await sample(stages(), { resume, emit: (event) => (event.type === "step-start" ? began.push(event.step) : undefined) });
      expect(rest.x.data).toEqual(whole.x.data);
      expect(rest.steps).toEqual(whole.steps);
      expect(rest.evaluations).toBe(whole.evaluations);
      expect(began).toEqual([1, 2, 3, 4].filter((step) => step >= resume.step));
    }
  });

  it("is not taken unless it is due, and leaves the measurement out", async () => {
    const kept: RunSnapshot[] = [];
    const keep = (snapshot: RunSnapshot): Promise<void> => Promise.resolve(void kept.push(snapshot));
    let asked = 0;
    await sample(stages(), { snapshots: { due: () => ++asked === 2, keep } });
    expect(kept.map(({ step }) => step)).toEqual([2]);
    const names = [...kept[0]!.tensors.keys()];
    expect(names).toEqual(expect.arrayContaining(["x", "state.0"]));
    expect(names).not.toContain("y");
  });
});
