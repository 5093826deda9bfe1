import { describe, expect, it } from "vitest";
import { inverse, sourcePixels, transformations } from "./transformation.js";

describe("transformations", () => {
  // 0 1 2
  // 3 4 5
  it.each([
    ["flip-horizontal", [2, 1, 0, 5, 4, 3]],
    ["flip-vertical", [3, 4, 5, 0, 1, 2]],
    ["rotate-180", [5, 4, 3, 2, 1, 0]],
    ["shift", [4, 5, 3, 1, 2, 0]],
  ] as const)("%s rearranges two rows of three", (name, expected) => {
    expect(Array.from(sourcePixels(name, 2, 3))).toEqual(expected);
  });

  it("rotate-90 turns clockwise, four times around", () => {
    const turned = sourcePixels("rotate-90", 3, 3);
    expect(Array.from(turned)).toEqual([6, 3, 0, 7, 4, 1, 8, 5, 2]);
    let pixels = Array.from(turned, (_, i) => i);
    for (let turn = 0; turn < 4; turn++) pixels = Array.from(turned, (source) => pixels[source]!);
    expect(pixels).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("rotate-90 needs a square image", () => {
    expect(() => sourcePixels("rotate-90", 2, 3)).toThrow("a square image");
  });

  it.each(transformations)("%s has an inverse and is not the identity", (name) => {
    const source = sourcePixels(name, 5, 5);
    const back = inverse(source);
    expect(Array.from(source, (pixel) => back[pixel])).toEqual(Array.from(source, (_, i) => i));
    expect(Array.from(source)).not.toEqual(Array.from(source, (_, i) => i));
  });
});
