import { expect, it } from "vitest";
import { mainOf } from "./heic-main.js";

const [small, large, other] = [
  { width: 64, height: 48 },
  { width: 640, height: 480 },
  { width: 640, height: 480 },
];

it("the main picture is the one of its number and size, or the next of its size, or one before", () => {
  const known = { width: 640, height: 480 };
  expect(mainOf([large, other], { ...known, main: 1 })).toBe(other);
  expect(mainOf([small, large, other], { ...known, main: 0 })).toBe(large);
  expect(mainOf([small, large, small], { ...known, main: 2 })).toBe(large);
  expect(mainOf([large], { ...known, main: 3 })).toBe(large);
  expect(mainOf([small, { width: 480, height: 640 }], { ...known, main: 0 })).toBeUndefined();
});
