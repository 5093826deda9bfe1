import { describe, expect, it } from "vitest";
import { resizePlane } from "./resize-plane.js";

const size = { height: 12, width: 16 };
const ramp = (height: number, width: number, factor: number): Float32Array =>
  Float32Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width].map((at) => (at + 0.5) / factor - 0.5);
    return 0.2 + 0.02 * column! + 0.03 * row!;
  });

describe("a resized plane", () => {
  it.each([2, 3, 4, 0.5])("keeps every place where it was: %f times as large", (factor) => {
    const [height, width] = [size.height * factor, size.width * factor];
    const result = resizePlane(ramp(size.height, size.width, 1), size, { height, width });
    const expected = ramp(height, width, factor);
    // Beyond the border a ramp does not go on.
    const border = Math.ceil(2 * Math.max(1, factor));
    for (let row = border; row < height - border; row++) {
      for (let i = row * width + border; i < (row + 1) * width - border; i++) expect(result[i]).toBeCloseTo(expected[i]!, 5);
    }
  });

  it("is its own at its own size, and stays constant where it is", () => {
    const plane = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i * i));
    expect(resizePlane(plane, size, size)).toEqual(plane);
    const flat = resizePlane(new Float32Array(192).fill(0.25), size, { height: 5, width: 37 });
    expect(Math.max(...flat.map((value) => Math.abs(value - 0.25)))).toBeLessThan(1e-6);
  });
});
