import { describe, expect, it } from "vitest";
import { latestLook, soonestLook, untilNextLook } from "./memory.js";

describe("untilNextLook", () => {
  it("looks seldom far from the ceiling, and often near it", () => {
    expect(untilNextLook(100, Infinity)).toBe(latestLook);
    expect(untilNextLook(100, 100 + 4 * latestLook)).toBe(latestLook);
    for (const used of [999, 1000, 1001]) expect(untilNextLook(used, 1000)).toBe(soonestLook);
  });

  it("comes back before a process that grows as fast as it can is far beyond the ceiling", () => {
    for (let used = 0; used < 4000; used += 50) expect(used + 4 * untilNextLook(used, 4000)).toBeLessThanOrEqual(4000 + 4 * soonestLook);
  });
});
