import { normals } from "@leader/graph";
import { expect, it } from "vitest";
import { seamReading } from "./measures.js";

const side = 96;
const shape = [1, 1, side, side];
const picture = (of: (value: number, row: number) => number) => ({
  shape,
  dtype: "float32" as const,
  data: normals({ seed: 3, image: 0, step: 0, name: "seams" }, side * side).map((value, i) => of(value, Math.floor(i / side))),
});
const whole = picture((value) => value);
const blended = { from: 40, to: 56 };

it("finds nothing between equal pictures", () => {
  expect(seamReading(whole, whole, blended)).toEqual({ psnr: Infinity, gradient: 1, border: 1 });
});

it("finds a border in one row, wherever it is", () => {
  const within = seamReading(
    picture((value, row) => (row < 48 ? value : value + 1)),
    whole,
    blended,
  );
  expect(within.border).toBeGreaterThan(1.1);
  expect(within.gradient).toBeCloseTo(within.border!, 6);
  const beyond = seamReading(
    picture((value, row) => (row < 20 ? value : value + 2)),
    whole,
    blended,
  );
  expect(beyond.gradient).toBeGreaterThan(1.1);
});

it("finds a band where parts meet, and takes more texture everywhere for no border", () => {
  const band = seamReading(
    picture((value, row) => (row >= 40 && row < 56 ? 1.05 * value : value)),
    whole,
    blended,
  );
  expect(band.border).toBeGreaterThan(1.04);
  const more = seamReading(
    picture((value) => 1.1 * value),
    whole,
    blended,
  );
  expect(more.gradient).toBeGreaterThan(1.09);
  expect(more.border).toBeLessThan(1.001);
});
