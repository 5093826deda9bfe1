import { expect, it } from "vitest";
import { noiseInWords, noiseOfText, noiseText } from "./noise-text.js";

it.each([0, 0.1, 1, { black: 0, white: 0.1 }, { black: 0.008, white: 0.098 }])("reads what it writes: %j", (noise) => {
  expect(noiseOfText(noiseText(noise))).toEqual(noise);
});

it("takes equal ends for one number, and refuses what is no noise", () => {
  expect(noiseOfText("0.1..0.1")).toBe(0.1);
  for (const text of ["", "x", "-0.1", "1.1", "0.2..0.1", "0.1..", "..0.1", "0.1..0.2..0.3", "0.1..2"])
    expect(noiseOfText(text)).toBeUndefined();
});

it("says in words how much it is of 255, and whether it grows", () => {
  expect(noiseInWords(0.1)).toBe("0.1000 (25.5 of 255)");
  expect(noiseInWords({ black: 2 / 255, white: 25 / 255 })).toBe("0.0078..0.0980 (grows from 2.0 of 255 in black to 25.0 in white)");
});
