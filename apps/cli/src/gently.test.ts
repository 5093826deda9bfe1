import { expect, it } from "vitest";
import { Breath, sortedGently } from "./gently.js";

it.each([0, 1, 999, 1000, 1001, 30_000])("sorts %d texts as `sort` does, and leaves the list as it was", async (count) => {
  const texts = Array.from({ length: count }, (_, i) => `p${(i * 7919) % 30_011}${i % 3 === 0 ? "é" : ".png"}`);
  const before = [...texts];
  expect(await sortedGently(texts)).toEqual(texts.toSorted());
  expect(texts).toEqual(before);
});

it("lets timers have their turn while it works", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const breath = new Breath();
  for (const end = performance.now() + 200; performance.now() < end;) await breath.take();
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});
