import { expect, it } from "vitest";
import { freeArray } from "./free-array.js";

const bytes = 256 * 1024;

it("gives the memory of arrays back at once, whatever their type", () => {
  const before = process.memoryUsage().arrayBuffers;
  const arrays = [new Float32Array(bytes / 4), new Int32Array(bytes / 4), new Uint8Array(bytes)];
  expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThanOrEqual(3 * bytes);
  arrays.forEach(freeArray);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(bytes);
  expect(arrays.map(({ length }) => length)).toEqual([0, 0, 0]);
});

it("leaves small arrays alone, those that are shared, and what was freed before", () => {
  const [small, shared, freed] = [new Float32Array(1000), new Float32Array(new SharedArrayBuffer(bytes)), new Float32Array(bytes)];
  freeArray(freed);
  for (const array of [small, shared, freed]) freeArray(array);
  expect([small.length, shared.length, freed.length]).toEqual([1000, bytes / 4, 0]);
});
